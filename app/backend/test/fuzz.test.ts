// Every route of the OpenAPI document on a real server: asked anything, by somebody who may and by others.
// `npm run fuzz` is the long run. FUZZ_SEED repeats one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { environment, PASSWORD } from './helpers/app.js';
import { fuzz } from './helpers/fuzz.js';
import { startPostgres } from './helpers/postgres.js';
import { startServer } from './helpers/server.js';

const SECONDS = 60;
const MARK = 'only-its-owner-sees-this';

const postgres = await startPostgres();
after(() => postgres.remove());
const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '0' });

async function logIn() {
  const answer = await send(
    'POST',
    '/api/auth/login',
    {},
    { username: 'admin', password: PASSWORD },
  );
  const { accessToken } = JSON.parse(answer.text) as { accessToken: string };
  const cookie = String(answer.headers.getSetCookie()[0]).split(';', 1)[0] ?? '';
  return { accessToken, cookie };
}

async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('no route tells anything to somebody without a session, or whose session has ended', async () => {
  const { accessToken, cookie } = await logIn();
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const make = async (path: string, body: object) => {
    const made = await send('POST', path, bearer(accessToken), body);
    assert.equal(made.status, 201, made.text);
    return (JSON.parse(made.text) as { id: string }).id;
  };
  const ids: Record<string, string> = {
    clients: await make('/api/clients', { name: MARK }),
    projects: await make('/api/projects', { name: MARK }),
    entries: await make('/api/entries', {
      start: '2026-10-05T09:00:00Z',
      end: '2026-10-05T10:00:00Z',
      description: MARK,
      tags: [MARK],
    }),
  };
  const ended = await logIn();
  const out = { 'x-requested-with': 'timetracker', cookie: ended.cookie };
  assert.equal((await send('POST', '/api/auth/logout', out)).status, 204);
  const [head, claims] = accessToken.split('.');
  const callers = {
    nobody: {},
    'an ended session': bearer(ended.accessToken),
    'a forged token': bearer(`${head}.${claims}.${'A'.repeat(86)}`),
    'a cookie alone': { cookie },
    'a password in the header': { authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` },
  };

  const document = readFileSync(join(import.meta.dirname, '..', 'openapi.json'), 'utf8');
  const { paths } = JSON.parse(document) as {
    paths: Record<string, Record<string, { security?: unknown }>>;
  };
  let asked = 0;
  for (const [path, operations] of Object.entries(paths)) {
    const kind = path.split('/')[2] ?? '';
    const real = path.replace(/\{\w+\}/g, ids[kind] ?? ids.entries ?? '');
    for (const [method, { security }] of Object.entries(operations)) {
      for (const [caller, headers] of Object.entries(callers)) {
        if (!security && caller === 'a cookie alone') continue;
        const answer = await send(method.toUpperCase(), real, headers);
        if (security) assert.equal(answer.status, 401, `${method} ${path} for ${caller}`);
        assert.ok(!answer.text.includes(MARK), `${method} ${path} for ${caller}: ${answer.text}`);
        asked += 1;
      }
    }
  }
  assert.ok(asked > 150, `${asked} requests`);
  const own = await send('GET', `/api/entries/${ids.entries}`, bearer(accessToken));
  assert.ok(own.text.includes(MARK), 'the control');
});

test(`asked anything for ${SECONDS} s, no route fails or answers what its schema does not promise`, async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
  const { accessToken } = await logIn();
  const { code, output } = await fuzz({ url: server.url, accessToken, seconds: SECONDS, seed });
  console.log(`fuzzed with FUZZ_SEED=${seed}: ${/\d+ generated/.exec(output)?.[0]}`);
  const failed = server.log.filter((line) => line.includes('request failed'));
  assert.equal(code, 0, `${output}\n${failed.join('\n')}`);
  // That it was asked something, by somebody who is let in.
  assert.match(output, /Tested: 3\d/);
  assert.ok(Number(/(\d+) generated/.exec(output)?.[1]) > 500, output);
});
