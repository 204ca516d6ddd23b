import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import type { DatabaseConfig } from '../config.js';
import { isConnectionLost, sqlState } from './errors.js';

/** How long a starting process waits for a database that is not up yet. */
const PATIENCE_MS = 30_000;

/**
 * One connection, waiting up to 30 s for a database that is not up yet. Undefined where the
 * password is not the right one.
 */
export async function connect(
  database: DatabaseConfig,
  user: string,
  password: string,
  log: FastifyBaseLogger,
): Promise<pg.Client | undefined> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const client = new pg.Client({
      host: database.host,
      port: database.port,
      database: database.name,
      user,
      password,
      application_name: 'timetracker-start',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      ssl: tlsOptions(database),
    });
    client.on('error', (error) => log.warn(`database connection of ${user}: ${error.message}`));
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (sqlState(error)?.startsWith('28') && !isRuleOfAccess(error)) return undefined;
      if (!isConnectionLost(error) || isRuleOfAccess(error) || Date.now() > giveUpAt) {
        throw new Error(
          `the database at ${database.host}:${database.port} can't be reached: ${reason(error)}`,
        );
      }
      log.info(`waiting for the database at ${database.host}:${database.port}: ${reason(error)}`);
      await sleep(500);
    }
  }
}

/**
 * How the database is spoken to: where it has a certificate, by TLS, and by nobody else; an external one by TLS in any
 * case. False, said aloud, or node-postgres would look for PGSSLMODE.
 */
export function tlsOptions({
  host,
  certificate,
  external,
}: Pick<DatabaseConfig, 'host' | 'certificate' | 'external'>): ConnectionOptions | false {
  if (external)
    return {
      ...(certificate !== undefined && { ca: certificate }),
      minVersion: 'TLSv1.2',
      // Said aloud, since node-postgres says no name where the host is an address.
      checkServerIdentity: (_, peer) => checkServerIdentity(host, peer),
    };
  return certificate === undefined
    ? false
    : { ca: certificate, servername: 'db', minVersion: 'TLSv1.3' };
}

/** The server lets nobody in this way, whatever the password: without TLS, for example. */
function isRuleOfAccess(error: unknown): boolean {
  return sqlState(error) === '28000' && (error as Error).message.includes('pg_hba.conf');
}

/** As the owner, with the first of its passwords that works; then the current one is set. */
export async function connectAsOwner(
  database: DatabaseConfig,
  log: FastifyBaseLogger,
): Promise<{ client: pg.Client; outdated: boolean } | undefined> {
  const current = await connect(database, database.owner, database.ownerPassword, log);
  if (current) return { client: current, outdated: false };
  for (const password of new Set(database.ownerPasswordsBefore)) {
    const client = await connect(database, database.owner, password, log);
    if (client) return { client, outdated: true };
  }
  return undefined;
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ');
  return (error as Error).message || String((error as NodeJS.ErrnoException).code);
}
