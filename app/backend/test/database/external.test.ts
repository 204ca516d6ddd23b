// A database that somebody else runs: an owner that is no superuser and was given nothing by this project, TLS by a root
// of its own, and an address in place of a name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Fastify from 'fastify';
import { openDatabase } from '../../src/database/database.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { testConfig } from '../helpers/app.js';
import { startPostgres, type TestPostgres } from '../helpers/postgres.js';

const { log } = Fastify();
const folder = mkdtempSync(join(tmpdir(), 'external-'));
const file = (name: string) => join(folder, name);
const owner = 'tenant';
const password = 'a pass/word+of=its own';
let postgres: TestPostgres;
let root: string;

before(async () => {
  chmodSync(folder, 0o755);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl(
    ...[...make, '-keyout', file('db_certificate_key'), '-out', file('db_certificate')],
    ...['-subj', '/CN=postgres.example', '-addext', 'subjectAltName=IP:127.0.0.1'],
  );
  chmodSync(file('db_certificate_key'), 0o400);
  root = readFileSync(file('db_certificate'), 'utf8');
  postgres = await startPostgres({ secrets: folder });
  postgres.sql(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`);
  postgres.sql(`CREATE DATABASE hours OWNER ${owner}`);
});
after(() => {
  postgres?.remove();
  rmSync(folder, { recursive: true });
});

const config = (generation = 1, change: Record<string, string> = {}) =>
  testConfig(postgres, generation, {
    DATABASE_EXTERNAL: 'true',
    DATABASE_NAME: 'hours',
    DATABASE_OWNER: owner,
    DB_OWNER_PASSWORD: password,
    DB_OWNER_PASSWORD_INITIAL: '',
    DB_OWNER_PASSWORD_PREVIOUS: '',
    DB_CERTIFICATE: root,
    ...change,
  });

test('an owner that may not make roles is told what it lacks', async () => {
  await assert.rejects(prepareDatabase(config(), log), {
    message:
      /permission denied.*: tenant must own the database hours .*ALTER ROLE tenant CREATEROLE/,
  });
  postgres.sql(`ALTER ROLE ${owner} CREATEROLE CREATEDB`);
});

test('is prepared and asked over TLS, under the address that its certificate names', async () => {
  await prepareDatabase(config(), log);
  const database = openDatabase(config(), log);
  assert.deepEqual(
    await database.read(
      'SELECT current_user AS who, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    ),
    [{ who: 'app_g1', ssl: true }],
  );
  await database.end();
});

test('secrets rotate: the role of two generations ago is dropped with its connections, by an owner that may no more', async () => {
  const old = openDatabase(config(), log);
  await old.query('SELECT');
  await prepareDatabase(config(2), log);
  await old.query('SELECT');
  await prepareDatabase(config(3), log);
  await assert.rejects(old.query('SELECT'));
  const roles = postgres.sql(
    "SELECT string_agg(rolname, ' ' ORDER BY 1) FROM pg_roles WHERE rolname ~ '^app'",
  );
  assert.equal(roles, 'app app_g2 app_g3');
  await old.end();
});

test("the owner's password stays what it is there; another one is told", async () => {
  await prepareDatabase(config(3), log);
  await assert.rejects(prepareDatabase(config(4, { DB_OWNER_PASSWORD: 'another' }), log), {
    message:
      "the database refused tenant's password: databaseUrl holds another than who runs the database has set",
  });
  // Who has a role of its own goes on serving.
  await prepareDatabase(config(3, { DB_OWNER_PASSWORD: 'another' }), log);
});

test('one whose certificate is of another host, or that nobody vouches for, is refused', async () => {
  await assert.rejects(prepareDatabase(config(3, { DATABASE_HOST: 'localhost' }), log), {
    message: /can't be reached: Hostname\/IP does not match certificate's altnames/,
  });
  await assert.rejects(prepareDatabase(config(3, { DB_CERTIFICATE: '' }), log), {
    message: /can't be reached: self-signed certificate/,
  });
});

test('is one or is not', () =>
  assert.throws(() => config(1, { DATABASE_EXTERNAL: 'yes' }), /DATABASE_EXTERNAL must be either/));
