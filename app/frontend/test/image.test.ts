// The built image on a real engine, with a stand-in for the backend behind it.
// TEST_NODE_IMAGE and TEST_NGINX_IMAGE name the base images; the defaults are the official ones.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, docker, until, which } from './engine.ts';

const nodeImage = process.env.TEST_NODE_IMAGE ?? 'node:22-alpine';
const nginxImage = process.env.TEST_NGINX_IMAGE ?? 'nginx:1.28-alpine';
const prefix = `timetracker-page-test-${process.pid}`;
const image = `${prefix}:test`;
const containers = new Set<string>();
let page = '';

const folder = fileURLToPath(new URL('..', import.meta.url));
const upstreamScript = fileURLToPath(new URL('upstream.cjs', import.meta.url));

async function run(name: string, ...args: string[]): Promise<string> {
  const full = `${prefix}-${name}`;
  containers.add(full);
  await docker('run', '-d', '--name', full, '--network', prefix, ...args);
  return full;
}

async function upstream(name: string, ...args: string[]): Promise<string> {
  const container = `${prefix}-${name}`;
  containers.add(container);
  await docker(
    ...['create', '--name', container, '--network', prefix, '--network-alias', 'backend'],
    ...['-e', `NAME=${name}`, ...args, nodeImage, 'node', '/tmp/upstream.cjs'],
  );
  await docker('cp', upstreamScript, `${container}:/tmp/upstream.cjs`);
  await docker('start', container);
  return container;
}

/** Starts the frontend as the stacks do, and gives its address. */
async function frontend(name: string, ...args: string[]): Promise<string> {
  const container = await run(
    name,
    ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--memory', '128m'],
    ...['--security-opt', 'no-new-privileges', '-p', '127.0.0.1::8080', ...args, image],
  );
  const address = `http://${await docker('port', container, '8080')}`;
  await until('the page answers', 10, async () =>
    (await fetch(`${address}/healthz`)).ok ? true : undefined,
  );
  return address;
}

async function remove(...names: string[]): Promise<void> {
  await docker('rm', '-f', '-v', ...names);
  for (const name of names) containers.delete(name);
}

async function echo(address: string, init?: RequestInit) {
  const response = await fetch(`${address}/api/echo`, init);
  assert.equal(response.status, 200);
  return (await response.json()) as { name: string; headers: Record<string, string>; size: number };
}

before(async () => {
  await build(folder, image, { NODE_IMAGE: nodeImage, NGINX_IMAGE: nginxImage });
  await docker('network', 'create', prefix);
  await upstream('first');
  page = await frontend('page');
  await until('the backend is found', 10, async () =>
    (await fetch(`${page}/health`)).ok ? true : undefined,
  );
});

after(async () => {
  if (containers.size) await remove(...containers);
  await docker('network', 'rm', prefix);
  // By its name: a stack beside this test may run the very same image.
  await docker('rmi', image);
});

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const policy = (response: Response) => response.headers.get('content-security-policy') ?? '';

test('the page is served, never from a stale cache, under a strict policy', async () => {
  for (const path of [
    '/',
    '/reports',
    '/projects?x=1',
    '/import?id=x',
    '/settings',
    '/index.html',
  ]) {
    const response = await fetch(page + path);
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
    assert.equal(response.headers.get('cache-control'), 'no-cache');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('server'), 'nginx');
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      assert.ok(policy(response).includes(part), part);
    }
    assert.doesNotMatch(policy(response), /unsafe|\*|http/);
    const html = await response.text();
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src=)|\son\w+=|https?:/);
  }
});

test('page, files, answers of the API and refusals say who may use and frame them, and no version', async () => {
  const asset = /\/assets\/[\w-]+\.js/.exec(await (await fetch(page)).text())?.[0] ?? '';
  for (const path of ['/', asset, '/api/echo', '/health', '/no/such/page', '/assets/gone.js']) {
    const { headers } = await fetch(page + path);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
    assert.equal(headers.get('referrer-policy'), 'same-origin', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\).*geolocation=\(\)/, path);
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe/, path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.doesNotMatch(headers.get('server') ?? '', /\d/, path);
    assert.equal(headers.get('x-powered-by'), null, path);
  }
});

test('no path leads out of the folder, and no request is read as two', async () => {
  const head = 'Host: x\r\nConnection: close\r\n';
  for (const path of [
    '/../../etc/passwd',
    '/assets/../../../../etc/passwd',
    '/assets/..%2f..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/assets/%2e%2e%5c%2e%2e%5cetc/passwd',
    '/..;/..;/etc/passwd',
    '//etc/passwd',
    '/etc/nginx/nginx.conf',
    '/nginx.conf',
    '/assets%00/../etc/passwd',
    '/api/..%2f..%2fetc/passwd',
    '/.git/config',
    '/usr/share/timetracker/package-lock.json',
    '/package-lock.json',
    'http://127.0.0.1:3000/etc/passwd',
  ]) {
    const answer = await raw(page, { after: 0, text: `GET ${path} HTTP/1.1\r\n${head}\r\n` });
    assert.doesNotMatch(answer, /root:|worker_processes|lockfileVersion|repositoryformat/, path);
    // The API's own paths are its backend's to judge.
    if (!path.startsWith('/api/')) assert.match(answer, /^HTTP\/1\.1 (400|404) /, path);
  }
  const post = 'POST /api/echo HTTP/1.1\r\nHost: x\r\n';
  for (const rest of [
    'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    'Content-Length: +3\r\n\r\nabc',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n',
  ]) {
    const second = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const answer = await raw(page, { after: 0, text: post + rest + second });
    assert.match(answer, /^HTTP\/1\.1 (400|501) /, rest);
    assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, rest);
  }
});

test('an unknown path is a 404 that shows the page, a missing asset a plain one', async () => {
  const unknown = await fetch(`${page}/no/such/page`);
  assert.equal(unknown.status, 404);
  assert.match(await unknown.text(), /<div id="app">/);
  assert.equal(unknown.headers.get('cache-control'), 'no-cache');

  const asset = await fetch(`${page}/assets/gone-12345678.js`);
  assert.equal(asset.status, 404);
  assert.equal(await asset.text(), 'Not found\n');
  assert.equal(asset.headers.get('cache-control'), 'no-cache');
  assert.ok(policy(asset).includes("default-src 'none'"));
});

test('hashed files are cached for good and compressed', async () => {
  const html = await (await fetch(page)).text();
  const files = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file]) => file ?? '');
  assert.ok(files.length >= 2);
  for (const file of files) {
    assert.match(file, /-[\w-]{8}\.(js|css)$/);
    const response = await fetch(page + file, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.equal(response.headers.get('vary'), 'Accept-Encoding');
    assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(page + file, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
  }
});

test('a file of another release is asked of the other tasks', async () => {
  const peer = await upstream('peer', '-e', 'PORT=8080', '--network-alias', 'frontend');
  const newer = await until('the peer is found', 5, async () => {
    const response = await fetch(`${page}/assets/newer-12345678.js`);
    return response.ok ? response : undefined;
  });
  assert.deepEqual(await newer.json(), { peer: '1' });
  assert.equal(newer.headers.get('cache-control'), 'max-age=1');
  assert.equal((await fetch(`${page}/assets/gone-12345678.js`)).status, 404);
  const asked = await fetch(`${page}/assets/newer-12345678.js`, { headers: { 'x-peer': '1' } });
  assert.equal(asked.status, 404);
  await remove(peer);
});

test('the API is passed on: compressed, not cached, a policy of its own stands', async () => {
  const big = await fetch(`${page}/api/big`);
  assert.equal(big.headers.get('content-encoding'), 'gzip');
  assert.equal(big.headers.get('cache-control'), 'no-store');
  assert.equal(big.headers.get('x-content-type-options'), 'nosniff');
  const docs = await fetch(`${page}/api/docs`);
  assert.equal(policy(docs), "default-src 'self'");
  const busy = await fetch(`${page}/api/busy`);
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get('retry-after'), '7');
  assert.deepEqual(await busy.json(), { own: true });
});

test("a client's word about itself is not passed on", async () => {
  const headers = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-real-ip': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
  };
  const seen = await echo(page, { headers });
  assert.doesNotMatch(JSON.stringify(seen), /203\.0\.113\.9|evil/);
  assert.match(seen.headers['x-forwarded-for'] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  assert.equal(seen.headers['x-forwarded-proto'], 'http');
});

test('a trusted proxy is believed, but only its own, last word', async () => {
  const gateway = (await echo(page)).headers['x-forwarded-for'] ?? '';
  const trusting = await frontend('trusting', '-e', `TRUSTED_PROXIES=192.0.2.0/24,${gateway}/32`);
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-forwarded-proto': 'https' };
  const seen = await echo(trusting, { headers });
  assert.equal(seen.headers['x-forwarded-for'], '198.51.100.7');
  assert.equal(seen.headers['x-forwarded-proto'], 'https');
  await until('the log has the address', 5, async () => {
    const log = await docker('logs', `${prefix}-trusting`);
    return log.includes('"client":"198.51.100.7"') ? true : undefined;
  });
  await remove(`${prefix}-trusting`);

  const other = await frontend('other', '-e', 'TRUSTED_PROXIES=192.0.2.0/24');
  const forged = await echo(other, { headers });
  assert.equal(forged.headers['x-forwarded-for'], gateway);
  assert.equal(forged.headers['x-forwarded-proto'], 'http');
  await remove(`${prefix}-other`);
});

test('a wrong setting is one clear line and an end', async () => {
  for (const [setting, message] of [
    [
      'TRUSTED_PROXIES=10.0.0.0/8;evil',
      /TRUSTED_PROXIES must be .*'10\.0\.0\.0\/8;evil' is neither/,
    ],
    ['STOP_DELAY_SECONDS=3s', /STOP_DELAY_SECONDS must be a whole number of seconds, not '3s'/],
  ] as const) {
    const name = await run('wrong', '--tmpfs', '/tmp', '-e', setting, image);
    assert.equal(await docker('wait', name), '1');
    assert.match(await docker('logs', name), message);
    await remove(name);
  }
});

test('the log has the address, path and time of a request, and no query', async () => {
  await fetch(`${page}/api/echo?q=secret-thing`);
  await fetch(`${page}/no/such?q=secret-thing`);
  const log = await until('the line is written', 5, async () => {
    const text = await docker('logs', `${prefix}-page`);
    return text.includes('"path":"/no/such"') ? text : undefined;
  });
  assert.doesNotMatch(log, /secret-thing|healthz/);
  const line = log.split('\n').find((text) => text.includes('"path":"/api/echo"')) ?? '{}';
  const entry = JSON.parse(line) as Record<string, unknown>;
  assert.match(String(entry.client), /^\d+\.\d+\.\d+\.\d+$/);
  assert.equal(entry.status, 200);
  assert.equal(typeof entry.seconds, 'number');
});

/** What comes back for these bytes, when the connection is closed. */
function raw(address: string, ...parts: { after: number; text: string }[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    for (const { after, text } of parts) setTimeout(() => socket.write(text), after).unref();
  });
}

test('what is refused here has the form of the API, and names no program', async () => {
  const head = 'Host: x\r\nConnection: close\r\n';
  for (const [status, title, request] of [
    [
      400,
      'Bad Request',
      `POST /api/echo HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    [
      400,
      'Bad Request',
      `POST /api/echo HTTP/1.1\r\n${head}Idempotency-Key: abcdefgh\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    [400, 'Bad Request', 'NO HTTP\r\n\r\n'],
    [405, 'Method Not Allowed', `POST /reports HTTP/1.1\r\n${head}Content-Length: 0\r\n\r\n`],
    [413, 'Payload Too Large', `POST /api/echo HTTP/1.1\r\n${head}Content-Length: 200000\r\n\r\n`],
    [414, 'URI Too Long', `GET /api/echo?q=${'x'.repeat(9000)} HTTP/1.1\r\n${head}\r\n`],
    [
      431,
      'Request Header Fields Too Large',
      `GET /api/echo HTTP/1.1\r\n${head}X-Long: ${'x'.repeat(9000)}\r\n\r\n`,
    ],
  ] as const) {
    const answer = await raw(page, { after: 0, text: request });
    const [headers = '', body = ''] = answer.split('\r\n\r\n');
    assert.match(headers, new RegExp(`^HTTP/1.1 ${status} `), request.slice(0, 60));
    assert.match(headers, /^Content-Type: application\/problem\+json\r?$/m);
    assert.match(headers, /^Cache-Control: no-store\r?$/m);
    assert.match(headers, /^X-Content-Type-Options: nosniff\r?$/m);
    const problem = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual([problem.type, problem.title, problem.status], ['about:blank', title, status]);
    assert.match(String(problem.detail), /\w/);
    assert.match(String(problem.instance).replace('urn:uuid:', ''), uuid);
  }
  assert.equal((await fetch(`${page}/problem`)).status, 404, 'it has no address of its own');
});

test('a body that stops is cut in 15 s, one that goes on takes its time', async () => {
  for (const path of ['/api/echo', '/api/imports']) {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n`;
    const began = Date.now();
    const slow = raw(
      page,
      ...[0, 4, 8, 12, 16, 20].map((second) => ({
        after: second * 1000,
        text: `${second === 0 ? head : ''}x`,
      })),
    );
    assert.equal(await raw(page, { after: 0, text: `${head}12345` }), '');
    const took = Date.now() - began;
    assert.ok(took > 14_000 && took < 17_000, `${path}: cut after ${took} ms`);
    assert.match(await slow, /^HTTP\/1\.1 200 [\s\S]*"size":6/);
  }
});

test('a request keeps the name that a trusted proxy gave it, and nobody else', async () => {
  const name = '3a1f0c9e-5b7d-4c2a-8e6f-0123456789ab';
  const gateway = (await echo(page)).headers['x-forwarded-for'] ?? '';
  const trusting = await frontend('named', '-e', `TRUSTED_PROXIES=${gateway}/32`);
  const headers = { 'x-request-id': name };
  assert.equal((await echo(trusting, { headers })).headers['x-request-id'], name);
  const forged = { 'x-request-id': 'x"y\\z' };
  assert.match((await echo(trusting, { headers: forged })).headers['x-request-id'] ?? '', uuid);
  assert.match((await echo(page, { headers })).headers['x-request-id'] ?? '', uuid);
  await remove(`${prefix}-named`);
});

test("the entrypoint runs under BusyBox, as in Alpine's images", async () => {
  const busybox = await which('busybox');
  assert.ok(busybox, 'the tests need busybox on PATH: install busybox-static');
  // Nothing on PATH but BusyBox's applets, and the image's nginx.
  const script = [
    '/busybox mkdir /tmp/bin && /busybox --install -s /tmp/bin',
    '/busybox ln -s "$(command -v nginx)" /tmp/bin/nginx',
    'PATH=/tmp/bin exec /busybox sh /entrypoint.sh',
  ].join('\n');
  const name = await run(
    'busybox',
    ...['--read-only', '--tmpfs', '/tmp:exec', '-v', `${busybox}:/busybox:ro`],
    ...['-e', 'STOP_DELAY_SECONDS=1', '-e', 'TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1'],
    ...['--entrypoint', '/busybox', image, 'sh', '-c', script],
  );
  const probe = ['wget', '-q', '-O', '-', 'http://127.0.0.1:8080/healthz'];
  await until('it is healthy, says the probe of the image', 10, async () =>
    (await docker('exec', name, '/busybox', ...probe)) === 'ok' ? true : undefined,
  );
  const trusted = await docker('exec', name, '/busybox', 'cat', '/tmp/nginx-trusted.conf');
  assert.match(trusted, /^set_real_ip_from 10\.0\.0\.0\/8;\nset_real_ip_from 192\.0\.2\.1;\n/);
  const told = Date.now();
  await docker('kill', '-s', 'TERM', name);
  assert.equal(await docker('wait', name), '0');
  const took = Date.now() - told;
  assert.ok(took > 900 && took < 10_000, `ended after ${took} ms`);
  await remove(name);
});

test('an import may be large, anything else may not', async () => {
  const two = new Uint8Array(2 * 1024 * 1024);
  const refused = await fetch(`${page}/api/echo`, { method: 'POST', body: two });
  assert.equal(refused.status, 413);
  assert.equal(refused.headers.get('content-type'), 'application/problem+json');
  const taken = await fetch(`${page}/api/imports`, { method: 'POST', body: two });
  assert.equal(((await taken.json()) as { size: number }).size, two.length);
  const preview = await fetch(`${page}/api/imports/preview`, { method: 'POST', body: two });
  assert.equal(((await preview.json()) as { size: number }).size, two.length);
  const huge = new Uint8Array(34 * 1024 * 1024);
  assert.equal((await fetch(`${page}/api/imports`, { method: 'POST', body: huge })).status, 413);
});

test('a POST that was sent is not sent again, unless it has a key; one whose connection failed goes elsewhere', async () => {
  const second = await upstream('second');
  await until('both are found', 10, async () =>
    (await echo(page)).name === 'second' ? true : undefined,
  );
  const counts = async () => {
    const total = { posts: 0, gets: 0 };
    const seen = new Set<string>();
    await until('both tell their counts', 10, async () => {
      const { name } = (await (await fetch(`${page}/health`)).json()) as { name: string };
      seen.add(name);
      return seen.size === 2 ? true : undefined;
    });
    for (const name of ['first', 'second']) {
      const text = await docker(
        ...['exec', `${prefix}-${name}`, 'node', '-e'],
        'fetch("http://127.0.0.1:3000/api/counts").then(r => r.text()).then(console.log)',
      );
      const one = JSON.parse(text) as typeof total;
      total.posts += one.posts;
      total.gets += one.gets;
    }
    return total;
  };
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${page}/api/break`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 503);
  }
  assert.deepEqual(await counts(), { posts: 3, gets: 0 });
  assert.equal((await fetch(`${page}/api/break`)).status, 503);
  assert.deepEqual(await counts(), { posts: 3, gets: 2 });
  // With a key the backend does it once, so that it may be sent to the next one.
  const keyed = await fetch(`${page}/api/break`, {
    method: 'POST',
    body: '{}',
    headers: { 'idempotency-key': 'one' },
  });
  assert.equal(keyed.status, 503);
  assert.equal(keyed.headers.get('content-type'), 'application/problem+json');
  assert.deepEqual(await counts(), { posts: 5, gets: 2 });
  await remove(second);

  const deaf = await upstream('deaf', '-e', 'DEAF=true');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (let i = 0; i < 20; i++) {
    assert.equal((await echo(page, { method: 'POST', body: '{}' })).name, 'first');
  }
  await remove(deaf);
});

test('a backend that swallows packets costs a second, not the request', async () => {
  // Frozen, with its queue of connections full, it answers nothing and refuses nothing: so does
  // the address of a task that an overlay network has forgotten.
  const silent = await upstream('silent', '-e', 'BACKLOG=1');
  const format = `{{(index .NetworkSettings.Networks "${prefix}").IPAddress}}`;
  const address = await docker('inspect', '-f', format, silent);
  await until('it is found', 10, async () =>
    (await echo(page)).name === 'silent' ? true : undefined,
  );
  await docker('pause', silent);
  const fill = ['exec', `${prefix}-page`, 'curl', '-s', '-m', '1', `http://${address}:3000/health`];
  await Promise.allSettled(Array.from({ length: 4 }, () => docker(...fill)));
  let slow = 0;
  for (let i = 0; i < 12; i++) {
    const begun = Date.now();
    const method = i % 2 ? 'POST' : 'GET';
    assert.equal((await echo(page, { method, ...(i % 2 && { body: '{}' }) })).name, 'first');
    const took = Date.now() - begun;
    if (took > 900) slow++;
    assert.ok(took < 2000, `${method} took ${took} ms`);
  }
  assert.ok(slow > 0, 'nginx never asked the silent one: the test shows nothing');
  await docker('unpause', silent);
  await remove(silent);
});

test('a backend at another address is found within two seconds', async () => {
  await upstream('moved');
  await remove(`${prefix}-first`);
  const gone = Date.now();
  await until('the new one answers', 5, async () =>
    (await echo(page)).name === 'moved' ? true : undefined,
  );
  const took = Date.now() - gone;
  assert.ok(took < 2000, `took ${took} ms`);
});

test('without a backend the answer is a clean 503, soon; the page is still served', async () => {
  await remove(`${prefix}-moved`);
  for (let i = 0; i < 4; i++) {
    for (const path of ['/api/entries', '/health', '/api/imports/1']) {
      const begun = Date.now();
      const write = { method: 'POST', body: '{}', headers: { 'idempotency-key': 'one' } };
      const response = await fetch(page + path, i % 2 ? write : {});
      const took = Date.now() - begun;
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '2');
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(((await response.json()) as { status: number }).status, 503);
      assert.ok(took < 2500, `${path} took ${took} ms`);
    }
  }
  assert.equal((await fetch(page)).status, 200);
  const health = await docker('inspect', '-f', '{{.State.Health.Status}}', `${prefix}-page`);
  assert.equal(health, 'healthy');
});

test('after SIGTERM it serves on, then ends by itself, the last answer complete', async () => {
  await upstream('last');
  const name = `${prefix}-page`;
  await until('the backend is found', 10, async () => ((await echo(page)).name ? true : undefined));
  await docker('kill', '-s', 'TERM', name);
  const told = Date.now();
  let slow: Promise<Response> | undefined;
  while (Date.now() - told < 2500) {
    assert.equal((await fetch(page)).status, 200);
    await echo(page);
    if (Date.now() - told > 1500) slow ??= fetch(`${page}/api/slow`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal((await slow)?.status, 200);
  assert.equal(await docker('wait', name), '0');
  const took = Date.now() - told;
  assert.ok(took > 2900 && took < 8000, `ended after ${took} ms`);
});
