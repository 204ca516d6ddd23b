import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient, type Host, withQuery } from '../src/api/client.ts';

type Call = { method: string; path: string; headers: Record<string, string>; body: unknown };
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | Error;

/** A client whose server is `reply`, with all that it did. */
function setup(
  reply: (call: Call, index: number) => Reply | Promise<Reply>,
  host: Partial<Host> = {},
) {
  const calls: Call[] = [];
  const waits: (number | undefined)[] = [];
  const client = createClient({
    fetch: async (input, init = {}) => {
      const call: Call = {
        method: init.method ?? 'GET',
        path: String(input),
        headers: { ...(init.headers as Record<string, string>) },
        body: init.body,
      };
      calls.push(call);
      const answer = await reply(call, calls.length - 1);
      if (answer instanceof Error) throw answer;
      const body = answer.body === undefined ? null : JSON.stringify(answer.body);
      return new Response(body, { status: answer.status, headers: answer.headers ?? {} });
    },
    reconnected: async (delay) => {
      waits.push(delay);
    },
    answered: () => {},
    signedIn: () => Promise.reject(new Error('nobody logs in')),
    ...host,
  });
  return { client, calls, waits };
}

const session = (accessToken: string) => ({
  status: 200,
  body: { accessToken, expiresIn: 900, user: { username: 'admin' } },
});

test('concurrent requests with an old token share one refresh', async () => {
  let valid = 'one';
  const { client, calls } = setup(({ path, headers }) => {
    if (path === '/api/auth/login') return session('one');
    if (path === '/api/auth/refresh') {
      valid = 'two';
      return session('two');
    }
    return { status: headers.authorization === `Bearer ${valid}` ? 200 : 401, body: { path } };
  });
  await client.login('admin', 'x');
  valid = 'none';
  const paths = ['/api/a', '/api/b', '/api/c'];
  const answers = await Promise.all(paths.map((path) => client.request('GET', path)));
  assert.deepEqual(
    answers,
    paths.map((path) => ({ path })),
  );
  const refreshes = calls.filter(({ path }) => path === '/api/auth/refresh');
  assert.equal(refreshes.length, 1);
  assert.equal(refreshes[0]?.headers['x-requested-with'], 'timetracker');
});

test('a request that was overtaken by a refresh does not ask for another', async () => {
  let slow: (reply: Reply) => void = () => {};
  const { client, calls } = setup(({ path, headers }) => {
    if (path === '/api/auth/refresh') return session('new');
    if (headers.authorization === 'Bearer new') return { status: 200, body: {} };
    if (path === '/api/slow') {
      return new Promise<Reply>((resolve) => {
        slow = resolve;
      });
    }
    return { status: 401 };
  });
  const waiting = client.request('GET', '/api/slow');
  await client.request('GET', '/api/fast');
  slow({ status: 401 });
  await waiting;
  assert.equal(calls.filter(({ path }) => path === '/api/auth/refresh').length, 1);
});

test('without a session a 401 asks once, then waits for a login, and goes on', async () => {
  let loggedIn: () => void = () => {};
  let asked = 0;
  const { client, calls } = setup(
    ({ path, headers }) => {
      if (path === '/api/auth/login') return session('fresh');
      if (path === '/api/auth/refresh') return { status: 401 };
      return headers.authorization === 'Bearer fresh' ? { status: 204 } : { status: 401 };
    },
    {
      signedIn: () => {
        asked++;
        return new Promise((resolve) => {
          loggedIn = resolve;
        });
      },
    },
  );
  const save = client.request('PATCH', '/api/entries/1', { body: { description: 'typed' } });
  while (!asked) await new Promise(setImmediate);
  assert.equal(calls.length, 2);
  await client.login('admin', 'x');
  loggedIn();
  assert.equal(await save, undefined);
  const patches = calls.filter(({ method }) => method === 'PATCH');
  assert.equal(patches.length, 2);
  assert.equal(patches[0]?.headers['idempotency-key'], patches[1]?.headers['idempotency-key']);
});

test('a 401 that stays is an error, not a loop', async () => {
  const { client, calls } = setup(({ path }) =>
    path === '/api/auth/refresh' ? session('useless') : { status: 401, body: { title: 'No' } },
  );
  await assert.rejects(client.request('GET', '/api/entries'), { status: 401, message: 'No' });
  assert.equal(calls.length, 3);
});

test('no session at the start is no error', async () => {
  const { client, calls } = setup(() => ({ status: 401 }));
  assert.equal(await client.refresh(), undefined);
  assert.equal(calls.length, 1);
});

test('while the server restarts, a write is repeated under one key until it answers', async () => {
  const replies: Reply[] = [
    new TypeError('Failed to fetch'),
    { status: 502 },
    { status: 503, headers: { 'retry-after': '2' } },
    { status: 201, body: { id: 7 } },
  ];
  const { client, calls, waits } = setup((_, index) => replies[index] ?? new Error('too many'));
  const created = await client.request('POST', '/api/entries', { body: { description: 'x' } });
  assert.deepEqual(created, { id: 7 });
  assert.deepEqual(waits, [undefined, undefined, 2000]);
  assert.equal(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size, 1);
  assert.match(calls[0]?.headers['idempotency-key'] ?? '', /^[0-9a-f]{32}$/);
});

test('logging in, a refresh and logging out are repeated under one key of their own too', async () => {
  let failed = true;
  const { client, calls } = setup(({ path }) => {
    failed = !failed;
    if (!failed) return { status: 502 };
    return path === '/api/auth/logout' ? { status: 204 } : session('one');
  });
  await client.login('admin', 'x');
  await client.refresh();
  await client.logout();
  const keys = calls.map(({ headers }) => headers['idempotency-key'] ?? '');
  assert.equal(keys.length, 6);
  for (const at of [0, 2, 4]) {
    assert.match(keys[at] ?? '', /^[0-9a-f]{32}$/);
    assert.equal(keys[at], keys[at + 1]);
  }
  assert.equal(new Set(keys).size, 3);
});

test('a server that never comes to terms with a request is given up on', async () => {
  const { client, calls } = setup(() => ({ status: 503, body: { title: 'Busy' } }));
  await assert.rejects(client.request('GET', '/api/entries'), { status: 503 });
  assert.equal(calls.length, 8);
});

test('an aborted request is not repeated', async () => {
  const abort = new AbortController();
  const { client, calls } = setup(() => {
    abort.abort();
    return new DOMException('Aborted', 'AbortError');
  });
  await assert.rejects(client.request('GET', '/api/x', { signal: abort.signal }));
  assert.equal(calls.length, 1);
});

test('writes keep their order, and one that fails does not hold up the next', async () => {
  const { client, calls } = setup(async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index === 0 ? 20 : 0));
    return index === 0 ? { status: 400, body: { title: 'No' } } : { status: 204 };
  });
  const first = client.request('PATCH', '/api/entries/1', { body: {} });
  const second = client.request('DELETE', '/api/entries/1');
  await assert.rejects(first, ApiError);
  await second;
  assert.deepEqual(
    calls.map(({ method }) => method),
    ['PATCH', 'DELETE'],
  );
});

test('a problem document and Retry-After reach the caller', async () => {
  const { client } = setup(() => ({
    status: 429,
    body: { title: 'Too many tries', status: 429, detail: 'Five in fifteen minutes' },
    headers: { 'retry-after': '61' },
  }));
  await assert.rejects(client.login('admin', 'x'), {
    status: 429,
    message: 'Five in fifteen minutes',
    retryAfter: 61,
  });
});

test('a query leaves out what is empty', () => {
  assert.equal(
    withQuery('/api/entries', { q: 'a&b', tag: '', from: undefined }),
    '/api/entries?q=a%26b',
  );
  assert.equal(withQuery('/api/entries'), '/api/entries');
});
