import Fastify from 'fastify';
import application from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { serverOptions } from '../../src/server-options.js';

/** openapi.json as the routes make it. Needs no database: nothing asks it. */
export async function describeApi(): Promise<string> {
  const config = loadConfig({
    directory: '/nowhere',
    environment: {
      LOG_LEVEL: 'silent',
      JWT_SECRET: 'j'.repeat(64),
      SESSION_SECRET: 'ab'.repeat(32),
      DB_OWNER_PASSWORD: 'none',
      DB_APP_PASSWORD: 'none',
      ADMIN_PASSWORD_HASH: `$2b$12$${'x'.repeat(53)}`,
    },
  });
  const app = Fastify(serverOptions(config));
  await app.register(application, { config });
  await app.ready();
  const document = JSON.stringify(app.swagger(), null, 2);
  await app.close();
  return `${document}\n`;
}
