import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './port.js';

const IMAGE = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';

export interface TestPostgres {
  port: number;
  container: string;
  /** Runs SQL as the owner, over the container's own socket. */
  sql(text: string): string;
  /** Opens a connection; with no role given, as the owner. */
  connect(user?: string, password?: string): Promise<pg.Client>;
  remove(): void;
}

export const OWNER_PASSWORD = 'owner+password/of=generation-1';

function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

const running = new Set<string>();
function removeAll() {
  for (const container of running) docker('rm', '--force', '--volumes', container);
  running.clear();
}
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

/**
 * A PostgreSQL of the tests' own, in a container on a free loopback port, gone when the process
 * ends however it ends. The image is TEST_POSTGRES_IMAGE, by default postgres:17-alpine.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const container = `timetracker-backend-test-${process.pid}-${randomBytes(3).toString('hex')}`;
  running.add(container);
  // Not one that the engine picks: it would pick another when the container is started again.
  const port = await freePort();
  docker(
    ...['run', '--detach', '--name', container, '--publish', `127.0.0.1:${port}:5432`],
    ...['--env', 'POSTGRES_USER=timetracker', '--env', 'POSTGRES_DB=timetracker'],
    ...['--env', `POSTGRES_PASSWORD=${OWNER_PASSWORD}`],
    ...[IMAGE, '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'shared_buffers=256MB'],
  );
  const postgres: TestPostgres = {
    port,
    container,
    sql: (text) => docker('exec', '--user', 'postgres', container, ...psql, '--command', text),
    async connect(user = 'timetracker', password = OWNER_PASSWORD) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        database: 'timetracker',
        user,
        password,
        connectionTimeoutMillis: 2_000,
      });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    remove() {
      running.delete(container);
      docker('rm', '--force', '--volumes', container);
    },
  };
  await waitUntilUp(postgres);
  return postgres;
}

const psql = ['psql', '--username', 'timetracker', '--no-psqlrc', '--tuples-only', '--no-align'];

/** The image starts a server to set itself up and then another: only the last listens on TCP. */
export async function waitUntilUp(postgres: TestPostgres): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    try {
      const client = await postgres.connect();
      await client.query('SELECT 1');
      await client.end();
      return;
    } catch (error) {
      const refused = (error as { code?: string }).code === '28P01';
      if (refused) return;
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
