// Where the database has a certificate, the backend speaks to nobody else, and not without TLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Fastify from 'fastify';
import pg from 'pg';
import { openDatabase } from '../../src/database/database.js';
import { isUnavailable } from '../../src/database/errors.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { testConfig } from '../helpers/app.js';
import { startPostgres, type TestPostgres } from '../helpers/postgres.js';

// By address: it is of the deployment's program, whose modules are of another kind.
const program = new URL('../../../../infra/certificate.ts', import.meta.url).href;
const { certify } = (await import(program)) as {
  certify(seed: Uint8Array, host: string): { key: string; certificate: string };
};
const { log } = Fastify();
const { key, certificate } = certify(new Uint8Array(32).fill(1), 'db');
const another = certify(new Uint8Array(32).fill(2), 'db').certificate;
const ofAnotherName = certify(new Uint8Array(32).fill(1), 'elsewhere');
const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
let postgres: TestPostgres;

before(async () => {
  chmodSync(secrets, 0o755);
  writeFileSync(join(secrets, 'db_certificate'), certificate);
  chmodSync(join(secrets, 'db_certificate'), 0o444);
  writeFileSync(join(secrets, 'db_certificate_key'), key, { mode: 0o400 });
  postgres = await startPostgres({ secrets });
});
after(() => {
  postgres?.remove();
  rmSync(secrets, { recursive: true });
});

const config = (DB_CERTIFICATE: string) => testConfig(postgres, 1, { DB_CERTIFICATE });

test('the backend prepares and asks the database over TLS 1.3', async () => {
  await prepareDatabase(config(certificate), log);
  const database = openDatabase(config(certificate), log);
  assert.deepEqual(
    await database.read('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
    [{ ssl: true, version: 'TLSv1.3' }],
  );
  await database.end();
});

for (const [what, pem] of [
  ['key', another],
  ['name', ofAnotherName.certificate],
] as const)
  test(`a database with a certificate of another ${what} is refused at once, and as if it were away`, async () => {
    const began = Date.now();
    await assert.rejects(prepareDatabase(config(pem), log), {
      message: `the database at 127.0.0.1:${postgres.port} can't be reached: self-signed certificate`,
    });
    assert.ok(Date.now() - began < 5000);
    const database = openDatabase(config(pem), log);
    await assert.rejects(database.query('SELECT'), isUnavailable);
    await database.end();
  });

test('without TLS nobody gets in, and the reason is said', async () => {
  await assert.rejects(prepareDatabase(testConfig(postgres), log), {
    message: /can't be reached: no pg_hba\.conf entry for host .* no encryption/,
  });
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: postgres.port, database: 'timetracker' },
    ...{ user: 'app_g1', password: 'app+password/of=1', ssl: false },
  });
  await assert.rejects(client.connect(), { code: '28000' });
});

test('neither does who speaks an older TLS', async () => {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: postgres.port, database: 'timetracker' },
    ...{ user: 'app_g1', password: 'app+password/of=1' },
    ssl: { ca: certificate, servername: 'db', maxVersion: 'TLSv1.2' },
  });
  await assert.rejects(client.connect(), /protocol version/);
});

test('a release of before, which leaves TLS to node-postgres and Node, gets in by its environment', () => {
  const script = `
    const dns = require('node:dns');
    const lookup = dns.lookup;
    dns.lookup = (host, ...rest) => lookup(host === 'db' ? '127.0.0.1' : host, ...rest);
    const { Client } = require('pg');
    const client = new Client({ host: 'db', port: ${postgres.port}, database: 'timetracker',
      user: 'app_g1', password: 'app+password/of=1' });
    client.connect()
      .then(() => client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'))
      .then(({ rows }) => console.log(rows[0].ssl), (error) => console.log(error.message))
      .finally(() => process.exit());`;
  const ask = (certificate: string) =>
    execFileSync(process.execPath, ['--input-type=commonjs', '-e', script], {
      cwd: join(import.meta.dirname, '..', '..'),
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PGSSLMODE: 'verify-full', NODE_EXTRA_CA_CERTS: certificate },
    }).trim();
  assert.equal(ask(join(secrets, 'db_certificate')), 'true');
  writeFileSync(join(secrets, 'another'), another);
  assert.equal(ask(join(secrets, 'another')), 'self-signed certificate');
});
