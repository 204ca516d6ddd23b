import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, PASSWORD } from './helpers/app.js';
import * as container from './helpers/postgres.js';
import { startServer } from './helpers/server.js';

let postgres: container.TestPostgres;
before(async () => {
  postgres = await container.startPostgres();
});
after(() => postgres?.remove());

function get(url: string, agent: http.Agent) {
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response));
      })
      .on('error', reject);
  });
}

test('a missing secret ends the start with one clear line', async () => {
  const server = await startServer({ ...environment(postgres), JWT_SECRET: '' });
  assert.equal(await server.ended, 1);
  assert.equal(server.log.length, 1);
  const line = JSON.parse(server.log[0] ?? '');
  assert.equal(line.level, 60);
  assert.equal(
    line.msg,
    'bad configuration: secret jwt_secret is missing: neither the file /run/secrets/jwt_secret nor the environment variable JWT_SECRET holds a value',
  );
});

test('after SIGTERM it serves on, asks callers to close, finishes, and exits 0', async () => {
  const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '2' });
  const agent = new http.Agent({ keepAlive: true });
  const before = await get(`${server.url}/health`, agent);
  assert.equal(before.headers.connection, 'keep-alive');

  const stopped = Date.now();
  server.process.kill('SIGTERM');
  await sleep(300);
  const during = await get(`${server.url}/health`, agent);
  assert.equal(during.statusCode, 200);
  assert.equal(during.headers.connection, 'close');

  await sleep(1_400);
  // A password comparison takes long enough to be still running when the drain ends.
  const login = fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  assert.equal((await login).status, 200);
  assert.equal(await server.ended, 0);
  const took = Date.now() - stopped;
  assert.ok(took >= 2_000 && took < 5_000, `${took} ms`);
  await assert.rejects(get(`${server.url}/health`, new http.Agent()), { code: 'ECONNREFUSED' });
});

test('a request still running when the drain is over is finished', async () => {
  const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '0' });
  const lock = await postgres.connect();
  await lock.query('BEGIN; LOCK TABLE login_tries');
  const login = fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  await sleep(300);
  server.process.kill('SIGTERM');
  await sleep(700);
  await lock.query('ROLLBACK');
  await lock.end();
  assert.equal((await login).status, 200);
  assert.equal(await server.ended, 0);
});

test('a second signal ends it at once', async () => {
  const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '30' });
  server.process.kill('SIGTERM');
  await sleep(200);
  server.process.kill('SIGTERM');
  assert.equal(await server.ended, 1);
});

test('the log holds no secret, no password, no token, and nothing that was searched for', async () => {
  const secrets = environment(postgres);
  const server = await startServer({ ...secrets, DRAIN_SECONDS: '0', TRUST_PROXY: '1' });
  const response = await fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { accessToken } = (await response.json()) as { accessToken: string };
  await fetch(`${server.url}/api/auth/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  const named = '01234567-89ab-cdef-0123-456789abcdef';
  await fetch(`${server.url}/api/entries?q=what-was-searched`, {
    headers: { authorization: `Bearer ${accessToken}`, 'x-request-id': named },
  });
  server.process.kill('SIGTERM');
  await server.ended;
  const log = server.log.join('\n');
  assert.match(log, /"path":"\/api\/auth\/me"/);
  assert.match(log, new RegExp(`"reqId":"${named}","req":{"method":"GET","path":"/api/entries"`));
  const names = [
    'JWT_SECRET',
    'SESSION_SECRET',
    'DB_APP_PASSWORD',
    'DB_OWNER_PASSWORD',
    'ADMIN_PASSWORD_HASH',
  ];
  for (const value of [
    ...names.map((name) => secrets[name] ?? name),
    ...[PASSWORD, accessToken, 'what-was-searched'],
  ]) {
    assert.ok(!log.includes(value), value);
  }
});

test('while the database is away, requests get a quick 503 with Retry-After; then all is well', async () => {
  const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '0' });
  const ask = async () => {
    const started = Date.now();
    const response = await fetch(`${server.url}/health`);
    return { response, took: Date.now() - started };
  };
  assert.equal((await ask()).response.status, 200);

  for (const [goAway, comeBack] of [
    [container.stop, container.start],
    [container.pause, container.unpause],
  ] as const) {
    goAway(postgres);
    const away = await Promise.all([ask(), ask(), ask()]);
    for (const { response, took } of away) {
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '2');
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.ok(took < 3_000, `${took} ms`);
    }
    comeBack(postgres);
    const giveUpAt = Date.now() + 15_000;
    while ((await ask()).response.status !== 200) {
      assert.ok(Date.now() < giveUpAt, 'healthy again within 15 s');
      await sleep(200);
    }
  }
  server.process.kill('SIGTERM');
  assert.equal(await server.ended, 0);
});
