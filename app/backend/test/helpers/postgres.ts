import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './port.js';

export const BASE_IMAGE = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
const IMAGE_FOLDER = join(import.meta.dirname, '..', '..', '..', 'db');
/** The owner of the data, as which the backend migrates. */
const OWNER = 'timetracker_owner';
/** PostgreSQL's superuser, which only the container's own socket lets in. */
const SUPERUSER = 'timetracker';

export interface TestPostgres {
  port: number;
  container: string;
  /** Runs SQL as the superuser, over the container's own socket. */
  sql(text: string): string;
  /** Opens a connection; with no role given, as the owner. */
  connect(user?: string, password?: string): Promise<pg.Client>;
  remove(): void;
}

export interface PostgresOptions {
  /** A folder with secrets as files, such as those of TLS. */
  secrets?: string;
  /** A named volume for the data, which stays. */
  volume?: string;
  initialPassword?: string;
}

export const OWNER_PASSWORD = 'owner+password/of=generation-1';

export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

const running = new Set<string>();
const image = `timetracker-backend-test-db-${process.pid}:test`;
function removeAll() {
  for (const container of running) docker('rm', '--force', '--volumes', container);
  if (running.size > 0) docker('rmi', '--force', image);
  running.clear();
}
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

/**
 * The database of a deployment, in a container on a free loopback port, gone when the process ends
 * however it ends: the image of app/db on TEST_POSTGRES_IMAGE, by default postgres:17-alpine.
 */
export async function startPostgres({
  secrets,
  volume,
  initialPassword = OWNER_PASSWORD,
}: PostgresOptions = {}): Promise<TestPostgres> {
  const container = `timetracker-backend-test-${process.pid}-${randomBytes(3).toString('hex')}`;
  running.add(container);
  // Not one that the engine picks: it would pick another when the container is started again.
  const port = await freePort();
  docker('build', '-q', '--build-arg', `POSTGRES_IMAGE=${BASE_IMAGE}`, '-t', image, IMAGE_FOLDER);
  docker(
    ...['run', '--detach', '--init', '--name', container, '--publish', `127.0.0.1:${port}:5432`],
    ...['--env', 'POSTGRES_DB=timetracker', '--env', `DATABASE_OWNER=${OWNER}`],
    ...['--env', `DB_OWNER_PASSWORD_INITIAL=${initialPassword}`],
    ...(secrets ? ['--volume', `${secrets}:/run/secrets:ro`] : []),
    ...(volume ? ['--volume', `${volume}:/var/lib/postgresql/data`] : []),
    ...[image, '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'shared_buffers=256MB'],
  );
  const postgres: TestPostgres = {
    port,
    container,
    sql: (text) => docker('exec', '--user', 'postgres', container, ...psql, '--command', text),
    async connect(user = OWNER, password = initialPassword) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        database: 'timetracker',
        user,
        password,
        connectionTimeoutMillis: 2_000,
        ssl: secrets !== undefined && { rejectUnauthorized: false },
      });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    remove() {
      docker('rm', '--force', '--volumes', container);
      if (running.size === 1) docker('rmi', '--force', image);
      running.delete(container);
    },
  };
  await waitUntilUp(postgres);
  return postgres;
}

const psql = ['psql', '--username', SUPERUSER, '--no-psqlrc', '--tuples-only', '--no-align'];

/** Until roles and ownership are right, as in a deployment, and the server answers. */
export async function waitUntilUp(postgres: TestPostgres): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    try {
      docker('exec', postgres.container, 'database', 'health');
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(100);
    }
  }
}

export const restart = (postgres: TestPostgres) =>
  docker('restart', '--time', '2', postgres.container);
export const stop = (postgres: TestPostgres) => docker('stop', '--time', '2', postgres.container);
export const start = (postgres: TestPostgres) => docker('start', postgres.container);
export const pause = (postgres: TestPostgres) => docker('pause', postgres.container);
export const unpause = (postgres: TestPostgres) => docker('unpause', postgres.container);
