import bcrypt from 'bcryptjs';
import Fastify, { type FastifyInstance } from 'fastify';
import application from '../../src/app.js';
import { type Config, loadConfig } from '../../src/config.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { serverOptions } from '../../src/server-options.js';
import { OWNER_PASSWORD, type TestPostgres } from './postgres.js';

export const PASSWORD = 'a password for tests';
const passwordHash = bcrypt.hashSync(PASSWORD, 4);

/** The secrets of a generation, as a deployment would hand them out: its own and those before. */
export function environment(
  postgres: Pick<TestPostgres, 'port'>,
  generation = 1,
): Record<string, string> {
  const before = generation - 1;
  return {
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(postgres.port),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    COOKIE_SECURE: 'false',
    DRAIN_SECONDS: '1',
    RELEASE: 'test',
    SECRETS_GENERATION: String(generation),
    ADMIN_PASSWORD_HASH: passwordHash,
    JWT_SECRET: jwtSecret(generation),
    SESSION_SECRET: sessionSecret(generation),
    DB_APP_PASSWORD: `app+password/of=${generation}`,
    DB_OWNER_PASSWORD: ownerPassword(generation),
    DB_OWNER_PASSWORD_INITIAL: OWNER_PASSWORD,
    ...(before > 0 && {
      JWT_SECRET_PREVIOUS: jwtSecret(before),
      SESSION_SECRET_PREVIOUS: sessionSecret(before),
      DB_OWNER_PASSWORD_PREVIOUS: ownerPassword(before),
    }),
  };
}

const jwtSecret = (generation: number) => `jwt secret of generation ${generation}`.padEnd(88, '=');
const sessionSecret = (generation: number) => generation.toString(16).padStart(64, 'a');
export const ownerPassword = (generation: number) =>
  generation === 1 ? OWNER_PASSWORD : `owner+password/of=generation-${generation}`;

export function testConfig(
  postgres: Pick<TestPostgres, 'port'>,
  generation = 1,
  changes: Record<string, string> = {},
): Config {
  return loadConfig({
    directory: '/nowhere',
    environment: { ...environment(postgres, generation), ...changes },
  });
}

/** An instance on a prepared database, ready to inject into. The caller closes it. */
export async function startApp(
  postgres: TestPostgres,
  generation = 1,
  changes: Record<string, string> = {},
): Promise<FastifyInstance> {
  const config = testConfig(postgres, generation, changes);
  const app = Fastify(serverOptions(config));
  await prepareDatabase(config, app.log);
  await app.register(application, { config });
  await app.ready();
  return app;
}

export const CSRF = { 'x-requested-with': 'timetracker' };

export interface Login {
  accessToken: string;
  /** The session cookie as a browser would send it back. */
  cookie: string;
}

export async function logIn(app: FastifyInstance, cookie?: string): Promise<Login> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: PASSWORD },
    ...(cookie && { headers: { cookie } }),
  });
  if (response.statusCode !== 200) throw new Error(`login: ${response.body}`);
  return { accessToken: response.json().accessToken, cookie: cookieOf(response) };
}

export function cookieOf(response: { headers: Record<string, unknown> }): string {
  const header = [response.headers['set-cookie']].flat()[0];
  return String(header ?? '').split(';', 1)[0] ?? '';
}

export const refresh = (app: FastifyInstance, cookie: string) =>
  app.inject({ method: 'POST', url: '/api/auth/refresh', headers: { ...CSRF, cookie } });

export const me = (app: FastifyInstance, accessToken: string) =>
  app.inject({
    method: 'GET',
    url: '/api/auth/me',
    headers: { authorization: `Bearer ${accessToken}` },
  });
