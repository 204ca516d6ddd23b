// The database's server is lost without a word: connections stay open, and nothing comes by them any more. Another answers
// under the same name.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import Fastify from 'fastify';
import { type Database, openDatabase } from '../../src/database/database.js';
import { prepareDatabase } from '../../src/database/prepare.js';
import { testConfig } from '../helpers/app.js';
import { freePort } from '../helpers/port.js';
import { startPostgres, type TestPostgres } from '../helpers/postgres.js';

const { log } = Fastify();
let postgres: TestPostgres;
let way: Server;
let database: Database;
const lines = new Set<Socket>();

before(async () => {
  postgres = await startPostgres();
  await prepareDatabase(testConfig(postgres), log);
  const port = await freePort();
  way = createServer((here) => {
    const there = connect(postgres.port, '127.0.0.1');
    here.pipe(there).pipe(here);
    for (const socket of [here, there]) {
      socket.on('error', () => {});
      lines.add(socket);
    }
  }).listen(port, '127.0.0.1');
  await once(way, 'listening');
  database = openDatabase(testConfig({ port }), log);
});
after(async () => {
  for (const socket of lines) socket.destroy();
  way?.close();
  await database?.end();
  postgres?.remove();
});

/** What is open stays open, and says nothing any more. What comes later is served. */
function fallSilent(): void {
  for (const socket of lines) socket.unpipe().pause();
}
const spread = () =>
  Promise.all(Array.from({ length: 10 }, () => database.query('SELECT pg_sleep(0.2)')));

for (const [what, ask] of [
  ['a query', () => database.query('SELECT 1')],
  ['a transaction', () => database.transaction((client) => client.query('SELECT 1'))],
] as const)
  test(`${what} ends in seconds, and the next ones go on by new connections`, async () => {
    await spread();
    fallSilent();
    const began = Date.now();
    await assert.rejects(ask(), { message: 'Query read timeout' });
    assert.ok(Date.now() - began < 8_000, `${Date.now() - began} ms`);
    const next = Date.now();
    await spread();
    assert.ok(Date.now() - next < 3_000, `${Date.now() - next} ms`);
  });

test('a transaction that fell silent in its middle is given up at once', async () => {
  await spread();
  const began = Date.now();
  await assert.rejects(
    database.transaction(async (client) => {
      await client.query('SELECT 1');
      fallSilent();
      return client.query('SELECT 2');
    }),
    { message: 'Query read timeout' },
  );
  assert.ok(Date.now() - began < 8_000, `${Date.now() - began} ms`);
  await spread();
});

for (const [what, end, says] of [
  [
    'connection breaks',
    () => {
      for (const socket of lines) socket.destroy();
    },
    /Connection terminated|ECONNRESET/,
  ],
  [
    'session is ended by the server',
    () =>
      postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app_g1'",
      ),
    /terminating connection|Connection terminated/,
  ],
] as const)
  test(`an export whose ${what} ends in its middle, and no place is lost for the next`, async () => {
    for (let time = 0; time < 4; time++) {
      const rows = database.stream('SELECT generate_series(1, 1000000)');
      await rows.next();
      end();
      await assert.rejects(async () => {
        for await (const _ of rows);
      }, says);
    }
    await spread();
    const rows = database.stream('SELECT 1');
    assert.equal((await rows.next()).done, false);
    assert.equal((await rows.next()).done, true);
  });
