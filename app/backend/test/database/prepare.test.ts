import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { readMigrations } from '../../src/database/migrate.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { ownerPassword, testConfig } from '../helpers/app.js';
import { OWNER_PASSWORD, startPostgres, type TestPostgres } from '../helpers/postgres.js';

const { log } = Fastify();
let postgres: TestPostgres;
const directory = mkdtempSync(join(tmpdir(), 'migrations-'));
before(async () => {
  postgres = await startPostgres();
});
after(() => {
  postgres?.remove();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  postgres.sql(`ALTER ROLE timetracker_owner PASSWORD '${OWNER_PASSWORD}'`);
  postgres.sql(
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC',
  );
});

const prepare = (generation = 1, changes = {}, from?: string) =>
  prepareDatabase(testConfig(postgres, generation, changes), log, from);
const roles = () =>
  postgres.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'app%' ORDER BY 1").split('\n');

async function canLogIn(user: string, password: string): Promise<boolean> {
  try {
    await (await postgres.connect(user, password)).end();
    return true;
  } catch (error) {
    assert.match(String((error as { code?: string }).code), /^28/);
    return false;
  }
}

test('two instances that start at once migrate once', async () => {
  await Promise.all([prepare(), prepare()]);
  const applied = postgres.sql('SELECT count(*) FROM schema_migrations');
  assert.equal(Number(applied), readMigrations().length);
});

test('an index is built while rows are written, and while another instance waits', async () => {
  const own = mkdtempSync(join(tmpdir(), 'migrations-'));
  const write = (name: string, sql: string) => writeFileSync(join(own, name), sql);
  write(
    '001_rows.sql',
    `CREATE TABLE things AS SELECT n FROM generate_series(1, 300) n;
     CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql
       AS 'BEGIN PERFORM pg_sleep(0.003); RETURN $1; END'`,
  );
  const index = (column: string) => `-- Outside of a transaction.
    DROP INDEX CONCURRENTLY IF EXISTS things_slow;
    CREATE INDEX CONCURRENTLY things_slow ON things (${column});`;
  try {
    write('002_index.sql', index('slow(n / (n - 1))'));
    await assert.rejects(prepare(1, {}, own), /002_index.sql failed, and is begun again/);
    // What is left of it is in nobody's way.
    write('002_index.sql', index('slow(n)'));
    let over = false;
    const both = Promise.all([prepare(1, {}, own), prepare(1, {}, own)]).then(() => {
      over = true;
    });
    while (postgres.sql('SELECT count(*) FROM pg_stat_progress_create_index') === '0') {
      assert.equal(over, false, 'built before it was seen');
      await sleep(20);
    }
    postgres.sql("SET lock_timeout = '500ms'; INSERT INTO things VALUES (1000)");
    assert.equal(over, false);
    await both;
    const valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'things_slow'::regclass";
    assert.equal(postgres.sql(valid), 't');
  } finally {
    rmSync(own, { recursive: true });
  }
});

test('each generation has its login role; two generations back it is gone', async () => {
  await prepare(1);
  await prepare(2);
  assert.deepEqual(roles(), ['app', 'app_g1', 'app_g2']);
  assert.ok(await canLogIn('app_g1', 'app+password/of=1'), 'the generation before still works');
  await prepare(3);
  assert.deepEqual(roles(), ['app', 'app_g2', 'app_g3']);
  assert.equal(await canLogIn('app_g1', 'app+password/of=1'), false);
  assert.ok(await canLogIn('app_g2', 'app+password/of=2'));
});

test('what is left of a role two generations old is disconnected', async () => {
  await prepare(1);
  const leftover = await postgres.connect('app_g1', 'app+password/of=1');
  const ended = new Promise((resolve) => leftover.once('end', resolve));
  await prepare(3);
  await ended;
});

test('the app role reads and writes, and owns nothing', async () => {
  await prepare(3);
  const app = await postgres.connect('app_g3', 'app+password/of=3');
  await app.query("INSERT INTO login_tries VALUES ('192.0.2.1', 1, now())");
  await assert.rejects(app.query('CREATE TABLE mine ()'), { code: '42501' });
  await assert.rejects(app.query('DROP TABLE login_tries'), { code: '42501' });
  await assert.rejects(app.query('DELETE FROM schema_migrations'), { code: '42501' });
  await app.end();
});

test("the owner's password is found among current, previous and initial, and set", async () => {
  for (const known of [ownerPassword(3), ownerPassword(2), OWNER_PASSWORD]) {
    postgres.sql(`ALTER ROLE timetracker_owner PASSWORD '${known}'`);
    await prepare(3);
    assert.ok(await canLogIn('timetracker_owner', ownerPassword(3)), `from ${known}`);
  }
});

test('a database whose owner has another password is a clear error', async () => {
  postgres.sql("ALTER ROLE timetracker_owner PASSWORD 'changed by hand'");
  await assert.rejects(prepare(5), {
    message:
      "the database refused timetracker_owner's password: none of db_owner_password, db_owner_password_previous and db_owner_password_initial is right. If an older state was brought back: `database readmit` in the database's container",
  });
});

test('a generation whose successor was rolled back still starts, if nothing is to migrate', async () => {
  await prepare(2);
  await prepare(3);
  const withoutInitial = { DB_OWNER_PASSWORD_INITIAL: '' };
  await prepare(2, withoutInitial);

  writeFileSync(join(directory, '900_new.sql'), 'CREATE TABLE new_thing ()');
  await assert.rejects(
    prepare(2, withoutInitial, directory),
    /migration 900_new.sql has yet to be/,
  );
  rmSync(join(directory, '900_new.sql'));
});

test('a failing migration says which and why, and keeps nothing of it', async () => {
  writeFileSync(join(directory, '001_good.sql'), 'CREATE TABLE good ()');
  writeFileSync(join(directory, '002_bad.sql'), 'CREATE TABLE half (); SELECT nonsense');
  await assert.rejects(prepare(1, {}, directory), {
    message:
      'migration 002_bad.sql failed, nothing of it was kept: column "nonsense" does not exist',
  });
  assert.equal(postgres.sql("SELECT to_regclass('good') IS NOT NULL, to_regclass('half')"), 't|');

  writeFileSync(join(directory, '002_bad.sql'), 'CREATE TABLE whole ()');
  await prepare(1, {}, directory);
  assert.equal(postgres.sql("SELECT to_regclass('whole')"), 'whole');
});

test('a migration that was edited after it was applied is refused', async () => {
  writeFileSync(join(directory, '001_good.sql'), 'CREATE TABLE good ()');
  writeFileSync(join(directory, '002_bad.sql'), 'CREATE TABLE whole ()');
  await prepare(1, {}, directory);
  writeFileSync(join(directory, '001_good.sql'), 'CREATE TABLE better ()');
  await assert.rejects(prepare(1, {}, directory), /001_good.sql was changed after it was applied/);
});

test('a migration that is applied in another way is known by what it was', async () => {
  const own = mkdtempSync(join(tmpdir(), 'migrations-'));
  const file = join(own, '001_index.sql');
  const first = 'CREATE TABLE t (n int); CREATE INDEX i ON t (n);\n';
  const digest = createHash('sha256').update(first).digest('hex');
  writeFileSync(file, first);
  await prepare(1, {}, own);
  const gentler = `-- Outside of a transaction.\n-- Known as ${digest}\nCREATE TABLE t (n int);\nCREATE INDEX CONCURRENTLY i ON t (n);\n`;
  writeFileSync(file, gentler);
  await prepare(1, {}, own);
  // Applied anew, the release before knows it, too.
  postgres.sql('DROP TABLE t; TRUNCATE schema_migrations');
  await prepare(1, {}, own);
  assert.equal(postgres.sql('SELECT checksum FROM schema_migrations'), digest);
  writeFileSync(file, first);
  await prepare(1, {}, own);
  rmSync(own, { recursive: true });
});

test('no password reaches the server log, not even that of a failing statement', async () => {
  postgres.sql("ALTER SYSTEM SET log_statement = 'all'");
  postgres.sql('SELECT pg_reload_conf()');
  await prepare(3);
  const { execFileSync } = await import('node:child_process');
  const logged = execFileSync('sh', ['-c', `docker logs ${postgres.container} 2>&1`], {
    encoding: 'utf8',
  });
  assert.match(logged, /ALTER ROLE "app_g3"/);
  assert.ok(!logged.includes('app+password/of=3'));
  assert.ok(!logged.includes(ownerPassword(3)));
  postgres.sql('ALTER SYSTEM RESET log_statement');
});
