import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import type { Config } from '../config.js';
import { isConnectionLost } from './errors.js';
import { appRole } from './roles.js';

/** Whatever runs SQL: the pool, or a transaction. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

export interface Database extends Queryable {
  /** For statements that only read: tried once more if the connection was lost. */
  read<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  /** Runs the work in one transaction, on a client of its own; rolled back if it throws. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** Bounds every wait, so that a request without a database ends in a 503 and never hangs. */
const LIMITS = {
  connectionTimeoutMillis: 2_000,
  statement_timeout: 5_000,
  query_timeout: 6_000,
  idle_in_transaction_session_timeout: 60_000,
};

export function openDatabase(config: Config, log: FastifyBaseLogger): Database {
  const pool = new pg.Pool({
    host: config.database.host,
    port: config.database.port,
    database: config.database.name,
    user: appRole(config.generation),
    password: config.database.appPassword,
    application_name: 'timetracker',
    max: 10,
    // Connections stay: they tell a newer generation that this one is still serving.
    idleTimeoutMillis: 0,
    keepAlive: true,
    ...LIMITS,
  });
  pool.on('error', (error) => log.warn(`idle database connection lost: ${error.message}`));

  return {
    query: (sql, values) => pool.query(sql, values),

    async read<R extends pg.QueryResultRow>(sql: string, values?: unknown[]) {
      try {
        return (await pool.query<R>(sql, values)).rows;
      } catch (error) {
        if (!isConnectionLost(error) || /timeout/.test((error as Error).message)) throw error;
        return (await pool.query<R>(sql, values)).rows;
      }
    },

    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      const onError = (error: Error) => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((failure: Error) => {
          broken = failure;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },

    end: () => pool.end(),
  };
}
