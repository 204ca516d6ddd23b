import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../src/api/client.ts';
import { fill, typed } from '../src/api/typed.ts';

test('parameters are filled into a path, and can’t lead out of it', () => {
  assert.equal(fill('/api/tags'), '/api/tags');
  assert.equal(fill('/api/entries/{id}/split', { id: 'a' }), '/api/entries/a/split');
  assert.equal(fill('/api/entries/{id}', { id: '../x?y' }), '/api/entries/..%2Fx%3Fy');
});

test('a call goes out with its path, query and body, and gives what came', async () => {
  const calls: [string, RequestInit | undefined][] = [];
  const client = typed(
    createClient({
      fetch: async (input, init) => {
        calls.push([String(input), init]);
        return new Response('{"items":[],"nextCursor":null}');
      },
      reconnected: async () => {},
      answered: () => {},
      signedIn: async () => {},
    }),
  );
  const query = { billable: false, q: undefined, limit: 5 };
  assert.deepEqual(await client.request('GET', '/api/entries', { query }), {
    items: [],
    nextCursor: null,
  });
  await client.request('PATCH', '/api/projects/{id}', { params: { id: '7' }, body: { name: 'x' } });
  await client.raw('GET', '/api/export.csv', { query: { tag: 'a b' } });
  assert.deepEqual(
    calls.map(([path, init]) => [init?.method, path, init?.body]),
    [
      ['GET', '/api/entries?billable=false&limit=5', null],
      ['PATCH', '/api/projects/7', '{"name":"x"}'],
      ['GET', '/api/export.csv?tag=a+b', null],
    ],
  );
});

/** Never run: `npm run check` fails when one of these lines is no error any more. */
export async function mistakes(client: ReturnType<typeof typed>) {
  // @ts-expect-error: no such path
  await client.request('GET', '/api/entry');
  // @ts-expect-error: no such method
  await client.request('PUT', '/api/entries');
  // @ts-expect-error: no such condition
  await client.request('GET', '/api/entries', { query: { projects: 'x' } });
  // @ts-expect-error: a condition of another type
  await client.request('GET', '/api/entries', { query: { billable: 'true' } });
  // @ts-expect-error: conditions that can't be left out
  await client.request('GET', '/api/reports/summary');
  // @ts-expect-error: the entry isn't named
  await client.request('DELETE', '/api/entries/{id}');
  // @ts-expect-error: an entry without its end
  await client.request('POST', '/api/entries', { body: { start: '' } });
  // @ts-expect-error: an import isn't JSON
  await client.request('POST', '/api/imports', { body: { format: 'toggl', file: '' } });
  const { items } = await client.request('GET', '/api/projects');
  // @ts-expect-error: no such field
  return items.map(({ colour }) => colour);
}
