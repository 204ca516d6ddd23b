import Fastify, { type FastifyInstance, type onRouteHookHandler } from 'fastify';
import application from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { serverOptions } from '../../src/server-options.js';

/** openapi.json as the routes make it. */
export async function describeApi(): Promise<string> {
  const app = await withoutDatabase();
  const document = JSON.stringify(app.swagger(), null, 2);
  await app.close();
  return `${document}\n`;
}

/** The application, ready; nothing may ask its database. `onRoute` sees each route before it is there. */
export async function withoutDatabase(onRoute?: onRouteHookHandler): Promise<FastifyInstance> {
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
  const app: FastifyInstance = Fastify(serverOptions(config));
  if (onRoute) app.addHook('onRoute', onRoute);
  await app.register(application, { config });
  await app.ready();
  return app;
}
