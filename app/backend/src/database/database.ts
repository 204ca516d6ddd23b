import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { Config, PoolConfig } from '../config.js';
import { createGate } from '../gate.js';
import { tlsOptions } from './connect.js';
import { isConnectionLost, isSilent } from './errors.js';
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
  /**
   * A connection of its own for long work (imports), with minutes for each statement, not seconds.
   * Who comes while others are at such work waits for a turn; nobody else does.
   */
  session<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** The same, in one transaction. */
  bulk<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Streams the rows of a long read (exports) from such a connection. */
  stream<R>(sql: string, values?: unknown[]): AsyncGenerator<R>;
  end(): Promise<void>;
}

type Limits = Pick<pg.PoolConfig, 'max' | 'statement_timeout' | 'query_timeout'>;

/** Bounds every wait, so that a request without a database ends in a 503 and never hangs. */
const SHORT = { max: 10, statement_timeout: 5_000, query_timeout: 6_000 };
/** Long work, and exports, which go at their reader's pace: how many at once, and how long each. */
const LONG = { max: 2, statement_timeout: 120_000, query_timeout: 130_000 };
const STREAM = { max: 3, statement_timeout: 3_600_000 };

/** Of every session. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Compiling a query, or starting processes to share it, takes longer than running any of ours. */
const PLANNING = { jit: 'off', max_parallel_workers_per_gather: '0' };
/** As pool.sh says it: how long a statement waits for a connection that is shared. */
const WAIT_FOR_SHARED_MS = 5_000;
/** How often an instance whose connections are shared is seen to serve. */
const PRESENCE_MS = 5_000;

/** As whom, whichever way a connection goes. */
function login({ database, generation }: Config): pg.PoolConfig {
  return {
    user: appRole(generation),
    password: database.appPassword,
    connectionTimeoutMillis: 2_000,
    // Whoever is gone without a word is found out in minutes, not in the two hours of a kernel's default.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Connections of this instance's own. */
function ownConnections({ database }: Config, limits: Limits): pg.PoolConfig {
  return {
    host: database.host,
    port: database.port,
    database: database.name,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Connections stay: they tell a newer generation that this one is still serving.
    idleTimeoutMillis: 0,
    ssl: tlsOptions(database),
    options: Object.entries(PLANNING)
      .map(([setting, value]) => `-c ${setting}=${value}`)
      .join(' '),
    ...limits,
  };
}

/** How the pool calls the three kinds (app/pool): statements share connections, long work and exports have theirs meanwhile. */
type Kind = 'short' | 'long' | 'stream';

/** Connections that are shared with other instances, by a pool that knows what `short` may do. */
function sharedConnections(
  { host, port, certificate }: PoolConfig,
  kind: Kind,
  { max, statement_timeout, query_timeout }: Limits,
): pg.PoolConfig {
  const settings = {
    statement_timeout,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Or the work of one that is gone would hold the connection to its end.
    client_connection_check_interval: 2_000,
    ...PLANNING,
  };
  const says = Object.entries(settings).map(([setting, value]) => `SET ${setting} = '${value}'`);
  return {
    ...{ host, port, database: kind, max },
    query_timeout: query_timeout && query_timeout + WAIT_FOR_SHARED_MS,
    ssl: { ca: certificate, servername: 'pool', minVersion: 'TLSv1.3' },
    // A pool that is to end waits for them.
    maxLifetimeSeconds: 30,
    ...(kind === 'short'
      ? { idleTimeoutMillis: 0 }
      : {
          // Nobody else has it for so long.
          idleTimeoutMillis: 1_000,
          verify: (client: pg.PoolClient, done: (error?: Error) => void) => {
            client.query(says.join('; ')).then(() => done(), done);
          },
        }),
  };
}

export function openDatabase(config: Config, log: FastifyBaseLogger): Database {
  const { pool: sharedBy } = config.database;
  function open(kind: Kind, limits: Limits): pg.Pool {
    const pool = new pg.Pool({
      ...login(config),
      application_name: 'timetracker',
      ...(sharedBy ? sharedConnections(sharedBy, kind, limits) : ownConnections(config, limits)),
    });
    pool.on('error', (error) => log.warn(`idle database connection lost: ${error.message}`));
    // Who has one learns of its end by the query under way; unheard, it would end the process.
    pool.on('connect', (client) => {
      client.on('error', (error) => log.debug(`database connection lost: ${error.message}`));
    });
    return pool;
  }
  const openAll = () => ({
    short: open('short', SHORT),
    long: open('long', LONG),
    stream: open('stream', STREAM),
  });
  let pools = openAll();
  const present = sharedBy && bePresent(config);

  /** Where one connection fell silent, so will the others, one by one: what comes next has new ones. */
  async function noticing<T>(work: (own: typeof pools) => Promise<T>): Promise<T> {
    const own = pools;
    try {
      return await work(own);
    } catch (error) {
      if (isSilent(error) && pools === own) {
        log.warn('the database does not answer any more: it is asked by new connections');
        pools = openAll();
        // What is under way there ends by itself.
        void endAll(own);
      }
      throw error;
    }
  }

  const sessions = createGate(LONG.max);
  const streams = createGate(STREAM.max);
  const query = <R extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
    noticing(({ short }) => short.query<R>(sql, values));

  return {
    query,

    async read<R extends pg.QueryResultRow>(sql: string, values?: unknown[]) {
      try {
        return (await query<R>(sql, values)).rows;
      } catch (error) {
        if (!isConnectionLost(error) || /timeout/.test((error as Error).message)) throw error;
        return (await query<R>(sql, values)).rows;
      }
    },

    transaction: (work) => noticing(({ short }) => transact(short, work)),
    session: (work) => sessions(() => noticing(({ long }) => withClient(long, work))),
    bulk: (work) => sessions(() => noticing(({ long }) => transact(long, work))),

    async *stream(sql, values) {
      const leave = await streams.enter();
      const client = await pools.stream.connect().catch((error) => {
        leave();
        throw error;
      });
      let broken: Error | undefined;
      const rows = new Rows(sql, values, { batchSize: 500 });
      const lose = (error: Error) => rows.lose(error);
      client.on('error', lose);
      try {
        yield* client.query(rows);
      } catch (error) {
        broken = error as Error;
        throw error;
      } finally {
        client.off('error', lose);
        client.release(broken);
        leave();
      }
    },

    async end() {
      await Promise.all([endAll(pools), present?.end()]);
    },
  };
}

/**
 * One connection of this instance's own, for as long as it serves: by that a newer generation sees that this one does. Those
 * that are shared come and go.
 */
function bePresent(config: Config): { end(): Promise<void> } {
  const pool = new pg.Pool({
    ...login(config),
    application_name: 'timetracker-present',
    ...ownConnections(config, { ...SHORT, max: 1 }),
  });
  pool.on('error', () => {});
  const look = () => void pool.query('SELECT').catch(() => {});
  look();
  const timer = setInterval(look, PRESENCE_MS).unref();
  return {
    end: () => {
      clearInterval(timer);
      return pool.end();
    },
  };
}

/** Ends when its connection is lost: by itself, it would wait for the end of a query that nobody tells of any more. */
class Rows extends QueryStream {
  private loss: Error | undefined;
  private over: ((error?: Error) => void) | undefined;

  lose(error: Error): void {
    this.loss = error;
    this.over?.(error);
    this.destroy(error);
  }

  override _destroy(error: Error, done: (error?: Error) => void): void {
    this.over = (why) => {
      this.over = undefined;
      done(why);
    };
    if (this.loss) this.over(error);
    else super._destroy(error, (why?: Error) => this.over?.(why));
  }
}

async function endAll(pools: Readonly<Record<string, pg.Pool>>): Promise<void> {
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
}

async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    if (isGone(error)) broken ??= error as Error;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** Nothing more comes by this connection. */
function isGone(error: unknown): boolean {
  return isConnectionLost(error) || isSilent(error);
}

const transact = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  withClient(pool, async (client) => {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (!isGone(error)) await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  });
