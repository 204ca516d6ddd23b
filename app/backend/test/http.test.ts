import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from './helpers/app.js';
import { startTracker, type Tracker } from './helpers/tracker.js';
import { multipart } from './helpers/upload.js';

let tracker: Tracker;
let port: number;
before(async () => {
  tracker = await startTracker();
  await tracker.app.listen({ host: '127.0.0.1', port: 0 });
  port = (tracker.app.server.address() as AddressInfo).port;
});
after(() => tracker?.close());

/** What the server answers to these bytes, until it closes the connection. */
async function exchange(...parts: string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return answer;
}

const problem = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

test('a body that stops coming is cut off with 408', async () => {
  const { server, bodyPatience } = tracker.app;
  assert.deepEqual([server.headersTimeout, server.requestTimeout], [10_000, 0]);
  assert.equal(bodyPatience, 15_000);
  tracker.app.bodyPatience = 500;
  const started = Date.now();
  const answer = await exchange(
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"user',
  );
  tracker.app.bodyPatience = bodyPatience;
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal(problem(answer).status, 408);
  const took = Date.now() - started;
  assert.ok(took < 5_000, `${took} ms`);
});

test('a body that makes progress may take as long as it needs', async () => {
  const { bodyPatience } = tracker.app;
  tracker.app.bodyPatience = 1_000;
  const row = 'x,2026-06-01,09:00:00,2026-06-01,10:00:00\n';
  const file = `Description,Start date,Start time,Stop date,Stop time\n${row.repeat(500)}`;
  const { payload, headers } = await multipart({ timezone: 'UTC' }, file);
  const socket = net.connect(port, '127.0.0.1');
  const closed = once(socket, 'close');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(
    `POST /api/imports/preview HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${tracker.accessToken}\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
  );
  const started = Date.now();
  const step = Math.ceil(payload.length / 15);
  for (let at = 0; at < payload.length; at += step) {
    socket.write(payload.subarray(at, at + step));
    await sleep(200);
  }
  await closed;
  tracker.app.bodyPatience = bodyPatience;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /"new":500/);
  assert.ok(Date.now() - started > 2_500);
});

test('a file that stops coming leaves nothing behind', async () => {
  const { bodyPatience } = tracker.app;
  tracker.app.bodyPatience = 500;
  const { payload, headers } = await multipart({ timezone: 'UTC' }, 'x'.repeat(600_000));
  const answer = await exchange(
    `POST /api/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tracker.accessToken}\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
    payload.subarray(0, 500_000).toString('latin1'),
  );
  tracker.app.bodyPatience = bodyPatience;
  assert.match(answer, /^HTTP\/1\.1 408 /);
  const giveUpAt = Date.now() + 5_000;
  const kept = () =>
    tracker.postgres.sql("SELECT count(*) FROM import_jobs WHERE status = 'uploading'");
  while (kept() !== '0') {
    assert.ok(Date.now() < giveUpAt, 'gone');
    await sleep(50);
  }
});

test('a body that says it is too large is refused before it is read', async () => {
  const answer = await exchange(
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /application\/problem\+json/);
});

test('a body that is larger than it can say is refused as well', async () => {
  const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
  const answer = await exchange(
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    ...Array<string>(5).fill(chunk),
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

test('what is not HTTP, and headers without end, are problems too', async () => {
  const nonsense = await exchange('HELLO\r\n\r\n');
  assert.match(nonsense, /^HTTP\/1\.1 400 /);
  assert.equal(problem(nonsense).status, 400);
  const headers = await exchange(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(headers, /^HTTP\/1\.1 431 /);
  const badUrl = await tracker.app.inject('/api/%zz');
  assert.equal(badUrl.statusCode, 400);
  assert.equal(badUrl.headers['content-type'], 'application/problem+json');
});

test('a request that two servers could read in two ways is refused, and ends the connection', async () => {
  const head = 'POST /api/auth/logout HTTP/1.1\r\nHost: x\r\n';
  const second = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
  for (const rest of [
    'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    'Content-Length: 3, 4\r\n\r\nabc',
    'Content-Length: +3\r\n\r\nabc',
    'Content-Length : 3\r\n\r\nabc',
    'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n',
    'X: a\0b\r\n\r\n',
  ]) {
    const answer = await exchange(`${head}${rest}${second}`);
    assert.match(answer, /^HTTP\/1\.1 400 /, rest);
    assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, rest);
  }
});

test('JSON that is deep, or about prototypes, is nothing but refused', async () => {
  const send = (payload: string) =>
    tracker.call('POST', '/api/entries', payload, { 'content-type': 'application/json' });
  const depth = 20_000;
  for (const payload of [
    `${'['.repeat(depth)}${']'.repeat(depth)}`,
    `${'{"a":'.repeat(depth / 2)}1${'}'.repeat(depth / 2)}`,
    '{"__proto__":{"billable":true}}',
    '{"constructor":{"prototype":{"billable":true}}}',
    '{"start":"2026-10-05T09:00:00Z","end":"2026-10-05T10:00:00Z","__proto__":{"admin":true}}',
  ])
    assert.equal((await send(payload)).status, 400, payload.slice(0, 40));
  assert.equal(({} as Record<string, unknown>).admin, undefined);
  assert.equal(({} as Record<string, unknown>).billable, undefined);
});

test('a file over 32 MiB is refused, and nothing of it is kept', async () => {
  const line = `a,2026-10-05,09:00:00,2026-10-05,10:00:00${' '.repeat(1000)}\n`;
  const file = `Description,Start date,Start time,Stop date,Stop time\n${line.repeat(33_000)}`;
  const { payload, headers } = await multipart({ format: 'toggl', timezone: 'UTC' }, file);
  const response = await fetch(`http://127.0.0.1:${port}/api/imports`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${tracker.accessToken}` },
    body: payload,
  });
  assert.equal(response.status, 413);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(tracker.postgres.sql('SELECT count(*) FROM entries'), '0');
});

test('answers may be neither sniffed, framed, run nor kept', async () => {
  const { headers } = await tracker.call('GET', '/api/entries');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
});

test('the page about the API loads nothing from elsewhere, and its policy is strict', async () => {
  const page = await tracker.app.inject('/api/docs/');
  assert.equal(page.statusCode, 200);
  const policy = String(page.headers['content-security-policy']);
  assert.match(
    policy,
    /^default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; /,
  );
  assert.match(policy, /; script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|https?:|validator|upgrade-insecure/);
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
  assert.ok(files.length >= 4, String(files));
  for (const file of files) {
    const { pathname, origin } = new URL(file, 'http://here/api/docs/');
    assert.equal(origin, 'http://here', file);
    assert.equal((await tracker.app.inject(pathname)).statusCode, 200, file);
  }
  const setup = await tracker.app.inject('/api/docs/static/swagger-initializer.js');
  assert.match(setup.body, /"url":"\/api\/openapi\.json"/);
  assert.match(setup.body, /"validatorUrl":null/);
});

test('the page about the API and its description can be closed', async () => {
  const closed = await startApp(tracker.postgres, 1, { API_DOCS: 'false' });
  for (const path of ['/api/docs/', '/api/docs/static/index.html', '/api/openapi.json'])
    assert.equal((await closed.inject(path)).statusCode, 404, path);
  await closed.close();
});
