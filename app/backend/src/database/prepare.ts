import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import type { Config } from '../config.js';
import { connect, connectAsOwner } from './connect.js';
import { sqlState } from './errors.js';
import { MIGRATIONS, migrate, pendingMigrations, readMigrations } from './migrate.js';
import { appRole, ensureRoles, setPassword } from './roles.js';

/** Any number that all instances agree on. */
const LOCK = 7_239_104;
/** As long as another instance may take to build an index over all entries. */
const TURN_MS = 300_000;

/**
 * Makes the database ready for this release and generation: schema, roles, owner's password.
 * Instances that start at once take turns. Throws an error of one line that says what is wrong.
 */
export async function prepareDatabase(
  config: Config,
  log: FastifyBaseLogger,
  directory = MIGRATIONS,
): Promise<void> {
  const { database, generation } = config;
  const migrations = readMigrations(directory);
  const owner = await connectAsOwner(database, log);
  if (!owner) return serveWithoutOwner(config, migrations, log);
  const { client, outdated } = owner;
  try {
    await client.query("SET lock_timeout = '60s'");
    await takeTurn(client);
    await migrate(client, migrations, log);
    await ensureRoles(client, generation, database.appPassword, log);
    // Who runs an external one changes it there.
    if (outdated && !database.external) {
      await setPassword(client, database.owner, database.ownerPassword);
      log.info(
        `password of database role ${database.owner} set to that of generation ${generation}`,
      );
    }
  } catch (error) {
    if (!database.external || sqlState(error) !== insufficientPrivilege) throw error;
    throw new Error(
      `${(error as Error).message}: ${database.owner} must own the database ${database.name} and be allowed to make roles, as by: ` +
        `ALTER DATABASE ${database.name} OWNER TO ${database.owner}; ALTER ROLE ${database.owner} CREATEROLE CREATEDB`,
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html */
const insufficientPrivilege = '42501';

/**
 * Asks again and again: a query that waits would be in the way of an index that the other instance
 * builds, which waits for all queries that are older than itself.
 */
async function takeTurn(client: pg.Client): Promise<void> {
  const until = Date.now() + TURN_MS;
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS mine',
      [LOCK],
    );
    if (rows[0]?.mine) return;
    if (Date.now() > until) throw new Error('another instance is still preparing the database');
    await sleep(200);
  }
}

/**
 * A newer generation may have changed the owner's password and then been rolled back. This one can
 * still serve, if its own role works and the schema is as it needs it.
 */
async function serveWithoutOwner(
  { database, generation }: Config,
  migrations: ReturnType<typeof readMigrations>,
  log: FastifyBaseLogger,
): Promise<void> {
  const refused = database.external
    ? `the database refused ${database.owner}'s password: databaseUrl holds another than who runs the database has set`
    : `the database refused ${database.owner}'s password: none of db_owner_password, db_owner_password_previous and db_owner_password_initial is right. If an older state was brought back: \`database readmit\` in the database's container`;
  const client = await connect(database, appRole(generation), database.appPassword, log);
  if (!client) throw new Error(refused);
  try {
    const [pending] = await pendingMigrations(client, migrations);
    if (pending) throw new Error(`${refused}, and migration ${pending.name} has yet to be applied`);
    log.warn(`${refused}; serving as ${appRole(generation)} on the schema as it is`);
  } finally {
    await client.end().catch(() => {});
  }
}
