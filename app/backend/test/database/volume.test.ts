// What a volume holds, whoever made it: an earlier program, in which the superuser owned everything, or another state.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import pg from 'pg';
import { prepareDatabase } from '../../src/database/prepare.js';
import { ownerPassword, testConfig } from '../helpers/app.js';
import { freePort } from '../helpers/port.js';
import {
  BASE_IMAGE,
  docker,
  OWNER_PASSWORD,
  restart,
  startPostgres,
  type TestPostgres,
  waitUntilUp,
} from '../helpers/postgres.js';

const { log } = Fastify();
const appPassword = (generation: number) => `app+password/of=${generation}`;
const volume = `timetracker-backend-test-${process.pid}-volume`;
let postgres: TestPostgres;

const prepare = (generation: number, changes: Record<string, string> = {}) =>
  prepareDatabase(testConfig(postgres, generation, changes), log);

async function refusal(user: string, password: string): Promise<string | undefined> {
  try {
    await (await postgres.connect(user, password)).end();
    return undefined;
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

async function query(user: string, password: string, sql: string): Promise<unknown[][]> {
  const client = await postgres.connect(user, password);
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** The database as the program ran it before it had an image of its own: the owner is the superuser. */
async function makeVolumeOfBefore(): Promise<void> {
  const container = `timetracker-backend-test-${process.pid}-before`;
  const port = await freePort();
  docker(
    ...['run', '--detach', '--init', '--name', container, '--publish', `127.0.0.1:${port}:5432`],
    ...['--env', 'POSTGRES_DB=timetracker', '--env', 'POSTGRES_USER=timetracker'],
    ...['--env', `POSTGRES_PASSWORD=${OWNER_PASSWORD}`],
    ...['--volume', `${volume}:/var/lib/postgresql/data`, BASE_IMAGE, '-c', 'fsync=off'],
  );
  try {
    const config = (generation: number) =>
      testConfig({ port }, generation, { DATABASE_OWNER: 'timetracker' });
    for (let tries = 0; ; tries++) {
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port, user: 'timetracker', database: 'timetracker' },
        password: OWNER_PASSWORD,
      });
      try {
        await client.connect();
        await client.end();
        break;
      } catch (error) {
        if (tries > 300) throw error;
        await sleep(200);
      }
    }
    await prepareDatabase(config(1), log);
    await prepareDatabase(config(2), log);
    docker(
      ...['exec', container, 'psql', '-U', 'timetracker', '-qv', 'ON_ERROR_STOP=1'],
      ...[
        "INSERT INTO tags VALUES ('kept')",
        // More than today's migrations make, as a later one may have.
        'CREATE SCHEMA "of its own"',
        "CREATE TYPE colour AS ENUM ('red')",
        'CREATE TYPE pair AS (a int, b int)',
        'CREATE TYPE span AS RANGE (subtype = timestamptz)',
        'CREATE DOMAIN short AS text CHECK (length(value) < 9)',
        'CREATE SEQUENCE alone',
        'CREATE TABLE "of its own"."Odd ""name" (id serial, c colour, s short)',
        'CREATE VIEW seen AS SELECT name FROM tags',
        'CREATE MATERIALIZED VIEW kept AS SELECT name FROM tags',
        'CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql RETURN i * 2',
        'CREATE STATISTICS counts ON id, c FROM "of its own"."Odd ""name"',
        "SELECT lo_from_bytea(4711, 'large')",
        // As a backup that was cut off left it.
        'CREATE DATABASE restore_check',
      ].flatMap((sql) => ['-c', sql]),
    );
  } finally {
    docker('stop', '--time', '20', container);
    docker('rm', '--volumes', container);
  }
}

before(async () => {
  docker('volume', 'create', volume);
  await makeVolumeOfBefore();
  postgres = await startPostgres({ volume });
});
after(() => {
  postgres?.remove();
  docker('volume', 'rm', '--force', volume);
});

describe('a volume in which the superuser owned everything', () => {
  test('belongs to the owner, all of it', () => {
    assert.equal(
      postgres.sql(`
        SELECT string_agg(identity, ', ') FROM (
          SELECT 'pg_class'::regclass AS catalog, oid, relowner AS owner FROM pg_class WHERE relkind <> 't'
            AND relnamespace::regnamespace::text !~ '^pg_'
          UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type
            WHERE typnamespace::regnamespace::text !~ '^pg_'
          UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
          UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace WHERE nspname !~ '^pg_'
          UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner FROM pg_statistic_ext
          UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner FROM pg_largeobject_metadata
          UNION ALL SELECT 'pg_database'::regclass, oid, datdba FROM pg_database
            WHERE NOT datistemplate AND datname <> 'postgres'
        ) AS object, pg_identify_object(catalog, oid, 0)
        WHERE oid >= 16384 AND owner <> 'timetracker_owner'::regrole AND NOT EXISTS (
          SELECT FROM pg_depend WHERE classid = catalog AND objid = object.oid AND deptype = 'e')`),
      '',
    );
    // A search that finds nothing must have been able to find something.
    assert.equal(
      postgres.sql("SELECT count(*) FROM pg_class WHERE relowner = 'timetracker_owner'::regrole") >
        '20',
      true,
    );
  });

  test('goes on serving the roles of its generations, with their data', async () => {
    for (const generation of [1, 2])
      assert.deepEqual(
        await query(`app_g${generation}`, appPassword(generation), 'SELECT name FROM tags'),
        [['kept']],
      );
  });

  test('is migrated and rotated on by backends, under the owner', async () => {
    // The owner's password is the first one again; backends find it and set that of their generation.
    await prepare(2);
    assert.equal(await refusal('timetracker_owner', ownerPassword(2)), undefined);
    const leftover = await postgres.connect('app_g1', appPassword(1));
    const ended = new Promise((resolve) => leftover.once('end', resolve));
    await prepare(3);
    await ended;
    assert.equal(await refusal('app_g1', appPassword(1)), '28P01');
    for (const generation of [2, 3])
      assert.equal(await refusal(`app_g${generation}`, appPassword(generation)), undefined);
    assert.deepEqual(await query('app_g3', appPassword(3), 'SELECT name FROM tags'), [['kept']]);
  });

  test('keeps the password that backends set when the database starts again', async () => {
    restart(postgres);
    await waitUntilUp(postgres);
    assert.equal(await refusal('timetracker_owner', ownerPassword(3)), undefined);
    assert.equal(await refusal('timetracker_owner', OWNER_PASSWORD), '28P01');
    assert.equal(await refusal('app_g3', appPassword(3)), undefined);
  });
});

describe('the owner', () => {
  const refused = [
    ["COPY tags FROM PROGRAM 'echo taken'", '42501'],
    ["COPY tags TO '/tmp/taken'", '42501'],
    ["SELECT pg_read_file('/etc/passwd')", '42501'],
    ["SELECT lo_import('/etc/passwd')", '42501'],
    ['SELECT rolpassword FROM pg_authid', '42501'],
    ['CREATE ROLE another SUPERUSER', '42501'],
    ['CREATE ROLE another REPLICATION', '42501'],
    ['CREATE ROLE another BYPASSRLS', '42501'],
    ['ALTER ROLE timetracker_owner SUPERUSER', '42501'],
    ["ALTER ROLE timetracker PASSWORD 'taken'", '42501'],
    ['ALTER ROLE timetracker RENAME TO taken', '42501'],
    ['GRANT timetracker TO timetracker_owner', '42501'],
    ['GRANT pg_execute_server_program TO timetracker_owner', '42501'],
    ['SET ROLE timetracker', '42501'],
    ["ALTER SYSTEM SET ssl = 'off'", '42501'],
    ['CREATE FUNCTION taken() RETURNS int LANGUAGE c AS $$libc$$', '42501'],
    ['CREATE EXTENSION file_fdw', '42501'],
    ["COMMENT ON ROLE timetracker_owner IS 'another fingerprint'", '42501'],
  ] as const;
  for (const [sql, code] of refused)
    test(`is refused: ${sql}`, async () => {
      await assert.rejects(query('timetracker_owner', ownerPassword(3), sql), { code });
    });

  test('runs nothing as the superuser by what it leaves in the database', async () => {
    const client = await postgres.connect('timetracker_owner', ownerPassword(3));
    // Would be found before PostgreSQL's own, if a search path said so.
    await client.query(`
      CREATE FUNCTION public.format(text, text, text, text) RETURNS text LANGUAGE plpgsql AS
        $$BEGIN CREATE ROLE taken SUPERUSER; RETURN ''; END$$;
      CREATE TABLE public.pg_namespace AS TABLE pg_catalog.pg_namespace;
      ALTER DATABASE timetracker SET search_path = public, pg_catalog`);
    // Something to do at the next start.
    postgres.sql('SET search_path = public; CREATE TABLE of_the_superuser ()');
    // Whoever connects is the owner then, the superuser too.
    await client.query('ALTER DATABASE timetracker SET role = timetracker_owner');
    await client.end();
    restart(postgres);
    await waitUntilUp(postgres);
    assert.equal(
      postgres.sql("SELECT relowner::regrole FROM pg_class WHERE relname = 'of_the_superuser'"),
      'timetracker_owner',
    );
    assert.equal(postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'taken'"), '0');
    await query('timetracker_owner', ownerPassword(3), 'ALTER DATABASE timetracker RESET ALL');
  });
});

describe('the superuser', () => {
  test('is let in by nothing but the own socket, whatever the password', async () => {
    assert.equal(await refusal('timetracker', ownerPassword(2)), '28000');
    postgres.sql("ALTER ROLE timetracker PASSWORD 'known'");
    assert.equal(await refusal('timetracker', 'known'), '28000');
    restart(postgres);
    await waitUntilUp(postgres);
    assert.equal(
      postgres.sql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'timetracker'"),
      't',
    );
  });
});

describe('a volume that another state made', () => {
  const initialPassword = 'the first password of another state';

  test('is taken up, and opens nothing to the secrets of the state before', async () => {
    postgres.remove();
    postgres = await startPostgres({ volume, initialPassword });
    assert.equal(await refusal('timetracker_owner', ownerPassword(3)), '28P01');
    assert.equal(await refusal('app_g3', appPassword(3)), '28P01');
    await prepare(1, { DB_OWNER_PASSWORD_INITIAL: initialPassword });
    assert.deepEqual(await query('app_g1', appPassword(1), 'SELECT name FROM tags'), [['kept']]);
  });
});
