import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, mock, test } from 'node:test';
import type { Entry } from '../../src/entries/entries.js';
import { startTracker, type Tracker } from '../helpers/tracker.js';

let tracker: Tracker;
before(async () => {
  tracker = await startTracker();
});
after(() => tracker?.close());
beforeEach(() => tracker.clear());

interface Page {
  items: Entry[];
  nextCursor: string | null;
}
const list = async (query = '') => {
  const { status, body, text } = await tracker.call<Page>('GET', `/api/entries${query}`);
  assert.equal(status, 200, text);
  return body;
};
const descriptions = async (query: string) =>
  (await list(query)).items.map(({ description }) => description);
const project = async (name: string) =>
  (await tracker.call<{ id: string }>('POST', '/api/projects', { name, color: '#4c6ef5' })).body;

test('everything here needs an access token', async () => {
  const paths = JSON.parse((await tracker.app.inject('/api/openapi.json')).body).paths;
  let seen = 0;
  for (const [path, operations] of Object.entries<Record<string, { security?: unknown }>>(paths)) {
    for (const [method, { security }] of Object.entries(operations)) {
      if (!security) continue;
      seen += 1;
      const url = path.replace('{id}', randomUUID());
      const response = await tracker.app.inject({ method: method as 'GET', url });
      assert.equal(response.statusCode, 401, `${method} ${path}`);
    }
  }
  assert.ok(seen > 20, `${seen} operations`);
});

test('enter, read, change, delete', async () => {
  const { id } = await project('Website');
  const entry = await tracker.enter('2026-10-05T09:00:00+02:00', '2026-10-05T10:30:00+02:00', {
    description: 'Planning',
    project: id,
    tags: ['meeting'],
    billable: true,
  });
  assert.deepEqual(entry, {
    id: entry.id,
    start: '2026-10-05T07:00:00.000Z',
    end: '2026-10-05T08:30:00.000Z',
    description: 'Planning',
    project: { id, name: 'Website', color: '#4c6ef5', client: null },
    tags: ['meeting'],
    billable: true,
    source: { system: 'manual' },
    overlaps: false,
    placed: false,
    version: entry.version,
  });
  const url = `/api/entries/${entry.id}`;
  assert.deepEqual((await tracker.call('GET', url)).body, entry);

  const changed = await tracker.call<Entry>('PATCH', url, { project: null, tags: ['a', 'b'] });
  const { version } = changed.body;
  assert.deepEqual(changed.body, { ...entry, project: null, tags: ['a', 'b'], version });
  assert.notEqual(version, entry.version);

  assert.equal((await tracker.call('DELETE', url)).status, 204);
  assert.equal((await tracker.call('GET', url)).status, 404);
  assert.equal((await tracker.call('DELETE', url)).status, 404);
  const tags = await tracker.call<{ items: string[] }>('GET', '/api/tags');
  assert.deepEqual(tags.body.items, ['a', 'b', 'meeting']);
});

test('what is not valid is a problem that says what', async () => {
  const time = { start: '2026-10-05T09:00:00Z', end: '2026-10-05T10:00:00Z' };
  const cases: [unknown, number, RegExp][] = [
    [{ ...time, start: 'yesterday' }, 400, /^body\/start must match format "date-time"/],
    [{ ...time, start: '2026-02-30T09:00:00Z' }, 400, /^body\/start/],
    [{ start: time.start }, 400, /must have required property 'end'/],
    [{ ...time, billable: 'yes' }, 400, /^body\/billable must be boolean/],
    [{ ...time, tags: ['a,b'] }, 400, /^body\/tags\/0 must match pattern/],
    [{ ...time, colour: 'red' }, 400, /^body\/colour must NOT have additional properties/],
    [{ ...time, description: 'a\u0000b' }, 400, /^body\/description/],
    [{ ...time, description: 'x'.repeat(3001) }, 400, /^body\/description/],
    [{ ...time, project: 'Website' }, 400, /^body\/project must match format "uuid"/],
    [{ ...time, project: randomUUID() }, 422, /There is no such project/],
    [{ start: time.end, end: time.start }, 422, /must not end before it starts/],
  ];
  for (const [payload, status, detail] of cases) {
    const answer = await tracker.call<{ status: number; detail: string }>(
      'POST',
      '/api/entries',
      payload,
    );
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.match(answer.body.detail, detail);
  }
  assert.deepEqual((await list()).items, []);
});

test('SQL and HTML in every field come back as they went in, and do nothing else', async () => {
  const nasty = `'); DROP TABLE entries;-- "<script>alert(1)</script> \\ %_ \${1} {{1}}`;
  const { id } = await project(nasty);
  const time = ['2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z'] as const;
  const more = { description: nasty, project: id, tags: [nasty.replaceAll(',', '')] };
  const entry = await tracker.enter(...time, more);
  assert.equal(entry.description, nasty);
  assert.equal(entry.project?.name, nasty);
  assert.deepEqual(entry.tags, more.tags);
  for (const [name, value] of [
    ['q', nasty],
    ['tag', more.tags[0] ?? ''],
  ] as const) {
    const found = await list(`?${new URLSearchParams({ [name]: value })}`);
    assert.deepEqual(found.items, [entry], name);
  }
  for (const query of [{ source: nasty }, { q: "' OR 1=1 --" }, { q: '%%' }]) {
    const found = await list(`?${new URLSearchParams(query)}`);
    assert.equal(found.items.length, 0, JSON.stringify(query));
  }
  for (const query of [{ from: nasty }, { project: nasty }, { cursor: nasty }, { limit: nasty }]) {
    const answer = await tracker.call('GET', `/api/entries?${new URLSearchParams(query)}`);
    assert.equal(answer.status, 400, JSON.stringify(query));
  }
});

test('pages follow one another without gap or repetition, also at one and the same time', async () => {
  for (let index = 0; index < 7; index++) {
    await tracker.enter('2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z', {
      description: `${index}`,
    });
  }
  const seen: string[] = [];
  let cursor: string | null = '';
  let pages = 0;
  while (cursor !== null) {
    const page: Page = await list(`?limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    pages += 1;
  }
  assert.equal(pages, 3);
  assert.equal(new Set(seen).size, 7);
});

test('filters: period, project, tag, billable, source, text', async () => {
  const { id } = await project('Website');
  await tracker.enter('2026-10-05T22:00:00Z', '2026-10-06T02:00:00Z', {
    description: 'night 100%',
  });
  await tracker.enter('2026-10-06T09:00:00Z', '2026-10-06T10:00:00Z', {
    description: 'Ähre',
    project: id,
    tags: ['x'],
    billable: true,
  });
  await tracker.enter('2026-10-07T00:00:00Z', '2026-10-07T01:00:00Z', { description: 'day after' });
  const day = '?from=2026-10-06T00:00:00Z&to=2026-10-07T00:00:00Z';
  assert.deepEqual(await descriptions(day), ['Ähre', 'night 100%'], 'what touches the day');
  assert.deepEqual(await descriptions(`${day}&billable=true`), ['Ähre']);
  assert.deepEqual(await descriptions(`?project=${id}`), ['Ähre']);
  assert.deepEqual(await descriptions('?tag=x'), ['Ähre']);
  assert.deepEqual(await descriptions('?source=manual&billable=false'), [
    'day after',
    'night 100%',
  ]);
  assert.deepEqual(await descriptions('?q=IGHT'), ['night 100%']);
  assert.deepEqual(await descriptions('?q=0%25'), ['night 100%']);
  assert.deepEqual(await descriptions('?q=00%25'), ['night 100%']);
  assert.deepEqual(await descriptions(`?q=${encodeURIComponent('ä')}`), ['day after', 'Ähre']);
});

test('overlaps are shown and not forbidden; touching is not overlapping', async () => {
  const one = await tracker.enter('2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z');
  await tracker.enter('2026-10-05T10:00:00Z', '2026-10-05T11:00:00Z');
  assert.deepEqual(
    (await list()).items.map(({ overlaps }) => overlaps),
    [false, false],
  );
  const over = await tracker.enter('2026-10-05T09:30:00Z', '2026-10-05T09:45:00Z');
  assert.equal(over.overlaps, true);
  assert.deepEqual(
    (await list()).items.map(({ overlaps }) => overlaps),
    [false, true, true],
  );
  await tracker.call('DELETE', `/api/entries/${over.id}`);
  const again = await tracker.call<Entry>('GET', `/api/entries/${one.id}`);
  assert.equal(again.body.overlaps, false);
});

test('split and duplicate', async () => {
  const entry = await tracker.enter('2026-10-05T09:00:00Z', '2026-10-05T12:00:00Z', {
    description: 'Long',
    tags: ['a'],
  });
  const url = `/api/entries/${entry.id}`;
  const split = await tracker.call<{ items: Entry[] }>('POST', `${url}/split`, {
    at: '2026-10-05T10:00:00Z',
  });
  assert.deepEqual(
    split.body.items.map(({ start, end, description, tags }) => ({
      start,
      end,
      description,
      tags,
    })),
    [
      { start: entry.start, end: '2026-10-05T10:00:00.000Z', description: 'Long', tags: ['a'] },
      { start: '2026-10-05T10:00:00.000Z', end: entry.end, description: 'Long', tags: ['a'] },
    ],
  );
  for (const at of ['2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z', '2026-10-05T11:00:00Z']) {
    assert.equal((await tracker.call('POST', `${url}/split`, { at })).status, 422, at);
  }
  const copy = await tracker.call<Entry>('POST', `${url}/duplicate`);
  assert.equal(copy.status, 201);
  assert.notEqual(copy.body.id, entry.id);
  assert.equal(copy.body.overlaps, true);
});

test('a timer: start, seen by all, switch, change, stop', async () => {
  const timer = () => tracker.call<{ entry: Entry | null }>('GET', '/api/timer');
  assert.equal((await timer()).body.entry, null);
  const first = await tracker.call<{ entry: Entry }>('POST', '/api/timer/start', {
    description: 'One',
  });
  assert.equal(first.status, 200);
  assert.equal(first.body.entry.end, null);
  assert.deepEqual((await timer()).body, first.body);

  const second = await tracker.call<{ entry: Entry }>('POST', '/api/timer/start', { tags: ['x'] });
  assert.equal(second.body.entry.overlaps, false, 'the first has ended');
  await tracker.call('PATCH', `/api/entries/${second.body.entry.id}`, { description: 'Two' });
  assert.equal((await timer()).body.entry?.description, 'Two');

  const stopped = await tracker.call<{ entry: Entry }>('POST', '/api/timer/stop');
  assert.equal(stopped.body.entry.description, 'Two');
  assert.ok(stopped.body.entry.end);
  const none = await tracker.call<{ entry: null }>('POST', '/api/timer/stop');
  assert.equal(none.body.entry, null);
  assert.equal((await list()).items.length, 2);
});

test('a server whose clock is a minute ahead enters what the others do', async (t) => {
  const near = (instant: string | null | undefined) =>
    assert.ok(Math.abs(Date.parse(instant ?? '') - present) < 10_000, `${instant}`);
  const present = Date.now();
  mock.timers.enable({ apis: ['Date'], now: present + 60_000 });
  t.after(() => mock.timers.reset());
  const { body } = await tracker.call<{ entry: Entry }>('POST', '/api/timer/start', {});
  near(body.entry.start);
  const again = await tracker.call<Entry>('POST', `/api/entries/${body.entry.id}/duplicate`);
  near(again.body.end);
  const at = new Date(present + 30_000).toISOString();
  const late = await tracker.call('POST', `/api/entries/${body.entry.id}/split`, { at });
  assert.equal(late.status, 422, 'that is yet to come');
  const stopped = await tracker.call<{ entry: Entry }>('POST', '/api/timer/stop');
  near(stopped.body.entry.end);
});

test('two timers started at once leave one running', async () => {
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => tracker.call('POST', '/api/timer/start', {})),
  );
  for (const { status, text } of answers) assert.ok([200, 409].includes(status), text);
  assert.equal(tracker.postgres.sql('SELECT count(*) FROM entries WHERE end_at IS NULL'), '1');
});

test('the same key does a write once, however often it is sent', async () => {
  const send = (description = 'once', key = 'key-12345678') =>
    tracker.call<Entry>(
      'POST',
      '/api/entries',
      { start: '2026-10-05T09:00:00Z', end: '2026-10-05T10:00:00Z', description },
      { 'idempotency-key': key },
    );
  const all = await Promise.all([send(), send(), send()]);
  const again = await send();
  for (const { status, body } of [...all, again]) {
    assert.equal(status, 201);
    assert.deepEqual(body, again.body);
  }
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.equal((await list()).items.length, 1);

  assert.equal((await send('another')).status, 422, 'the key with another body');
  assert.equal((await send('another', 'key-87654321')).status, 201);
  assert.equal((await send('x', 'short')).status, 400);

  const remove = () =>
    tracker.call('DELETE', `/api/entries/${again.body.id}`, undefined, {
      'idempotency-key': 'delete-1234',
    });
  assert.equal((await remove()).status, 204);
  assert.equal((await remove()).status, 204, 'and not 404');
});

test('a write that failed is not kept: sent again, it is done', async () => {
  const id = randomUUID();
  const send = () =>
    tracker.call(
      'POST',
      '/api/entries',
      { start: '2026-10-05T09:00:00Z', end: '2026-10-05T10:00:00Z', project: id },
      { 'idempotency-key': 'key-12345678' },
    );
  assert.equal((await send()).status, 422);
  tracker.postgres.sql(`INSERT INTO projects VALUES ('${id}', 'Late', '#000000')`);
  assert.equal((await send()).status, 201);
});

test('kept answers go after a day', async () => {
  const send = (key: string) =>
    tracker.call('POST', '/api/timer/stop', undefined, { 'idempotency-key': key });
  await send('key-of-yesterday');
  tracker.postgres.sql("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'");
  await send('key-of-today');
  assert.equal(tracker.postgres.sql('SELECT key FROM idempotency_keys'), 'key-of-today');
});

test('projects: unique whatever their case, renamed, archived, paged', async () => {
  const { id } = await project('Website');
  const clash = await tracker.call('POST', '/api/projects', { name: 'WEBSITE' });
  assert.equal(clash.status, 409);
  const renamed = await tracker.call('PATCH', `/api/projects/${id}`, {
    name: 'Site',
    archived: true,
  });
  const { version, ...renamedTo } = renamed.body as Record<string, unknown>;
  assert.equal(renamed.headers.etag, `"${version}"`);
  assert.deepEqual(renamedTo, {
    id,
    name: 'Site',
    color: '#4c6ef5',
    archived: true,
    client: null,
  });
  assert.equal(
    (await tracker.call('PATCH', `/api/projects/${randomUUID()}`, { name: 'x' })).status,
    404,
  );

  const colours = new Set<string>();
  for (const name of ['b', 'A', 'c']) {
    const { body } = await tracker.call<{ color: string }>('POST', '/api/projects', { name });
    colours.add(body.color);
  }
  assert.equal(colours.size, 3, 'each gets a colour of its own');
  type Projects = { items: { name: string }[]; nextCursor: string };
  const first = await tracker.call<Projects>('GET', '/api/projects?limit=3');
  assert.deepEqual(
    first.body.items.map(({ name }) => name),
    ['A', 'b', 'c'],
  );
  const next = await tracker.call<Projects>('GET', `/api/projects?cursor=${first.body.nextCursor}`);
  assert.deepEqual(
    next.body.items.map(({ name }) => name),
    ['Site'],
  );
});

test('settings are kept; a zone must be one', async () => {
  const settings = {
    timezone: 'America/New_York',
    weekStart: 0,
    rounding: { mode: 'up', minutes: 6 },
  };
  const kept = {
    ...settings,
    rounding: { ...settings.rounding, per: 'entry' },
    workdayStart: 540,
  };
  assert.deepEqual((await tracker.call('PUT', '/api/settings', settings)).body, kept);
  assert.deepEqual((await tracker.call('GET', '/api/settings')).body, kept);
  const more = { ...settings, rounding: { ...settings.rounding, per: 'day' }, workdayStart: 480 };
  assert.deepEqual((await tracker.call('PUT', '/api/settings', more)).body, more);
  const left = await tracker.call('PUT', '/api/settings', settings);
  assert.deepEqual(left.body, more, 'what is left out stays');
  for (const timezone of ['Mars/Olympus', '+02:00', "x'--", 'Europe']) {
    const { status } = await tracker.call('PUT', '/api/settings', { ...settings, timezone });
    assert.ok(status === 400 || status === 422, `${timezone}: ${status}`);
  }
});

test('an unknown path, a wrong method and a wrong media type are problems too', async () => {
  const missing = await tracker.call('GET', '/api/nothing');
  assert.equal(missing.status, 404);
  assert.equal(missing.headers['content-type'], 'application/problem+json');
  const wrong = await tracker.call('POST', '/api/entries', '<a/>', { 'content-type': 'text/xml' });
  assert.equal(wrong.status, 415);
  assert.equal(wrong.headers['content-type'], 'application/problem+json');
  const broken = await tracker.call('POST', '/api/entries', '{"a":', {
    'content-type': 'application/json',
  });
  assert.equal(broken.status, 400);
  const large = await tracker.call('POST', '/api/entries', { description: 'x'.repeat(110_000) });
  assert.equal(large.status, 413);
  assert.equal(large.headers['content-type'], 'application/problem+json');
});

test('a method that a path lacks is a 405 that says which it has, whoever asks', async () => {
  const cases = [
    ['DELETE', '/api/entries', 'GET, HEAD, POST'],
    ['POST', `/api/entries/${randomUUID()}`, 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/api/auth/login', 'POST'],
    ['PUT', '/health', 'GET, HEAD'],
    ['OPTIONS', '/api/reports/summary', 'GET, HEAD'],
    ['POST', '/api/docs/', 'GET, HEAD'],
  ] as const;
  for (const [method, url, allow] of cases) {
    const headers = { 'content-type': 'text/xml' };
    const answer = await tracker.app.inject({ method, url, headers, payload: '<a/>' });
    assert.equal(answer.statusCode, 405, `${method} ${url}`);
    assert.equal(answer.headers.allow, allow);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.json().status, 405);
  }
});

test('the entries of a tag, paged, whether rare, common, or of long ago', async () => {
  tracker.postgres.sql(
    `INSERT INTO entries (id, start_at, end_at, tags, source_ref)
     SELECT gen_random_uuid(), s, s + interval '1 minute',
            CASE WHEN i <= 120 THEN ARRAY['old'] WHEN i % 5000 = 0 THEN ARRAY['rare', 'new'] ELSE ARRAY['new'] END, i
     FROM generate_series(1, 12000) i, LATERAL (SELECT timestamptz '2020-01-01' + i * interval '1 hour' AS s) x`,
  );
  type Page = { items: Entry[]; nextCursor: string | null };
  async function count(query: string): Promise<number> {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `/api/entries?${query}${cursor && `&cursor=${cursor}`}`;
      const page: Page = (await tracker.call<Page>('GET', path)).body;
      seen.push(...page.items.map(({ start }) => start));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
    return seen.length;
  }
  assert.equal(await count('tag=rare&limit=1'), 2);
  assert.equal(await count('tag=old&limit=50'), 120);
  assert.equal(await count('tag=new&limit=200'), 11_880);
  assert.equal(await count('tag=none'), 0);
  const early = 'from=2020-01-03T00:00:00Z&to=2020-01-07T00:00:00Z';
  assert.equal(await count(`tag=old&${early}`), 73);
  assert.equal(await count(`tag=old&${early}&billable=true`), 0);
});

test('what can’t be shown can’t be stored, whichever way it comes in', async () => {
  const { id } = await tracker.enter('2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z');
  const end = '9999-12-31T23:00:00-15:00';
  const cases: ['POST' | 'PATCH', string, unknown][] = [
    ['POST', '/api/entries', { start: '9999-12-31T22:00:00-15:00', end }],
    ['POST', '/api/entries', { start: '2026-10-05T09:00:00Z', end }],
    ['POST', '/api/entries', { start: '0001-01-01T00:00:00Z', end: '9999-12-31T00:00:00Z' }],
    ['POST', '/api/entries', { start: '0000-01-01T00:00:00+15:00', end: '2026-10-05T10:00:00Z' }],
    ['POST', '/api/entries', { start: '2026-10-05T09:59:60Z', end: '2026-10-05T10:00:00Z' }],
    ['POST', '/api/entries', { start: '1969-12-31T23:59:59Z', end: '2026-10-05T10:00:00Z' }],
    ['PATCH', `/api/entries/${id}`, { end }],
    ['PATCH', `/api/entries/${id}`, { start: '0000-01-01T00:00:00Z' }],
    ['POST', `/api/entries/${id}/split`, { at: end }],
  ];
  for (const [method, url, payload] of cases) {
    const { status, text, body } = await tracker.call<{ detail: string }>(method, url, payload);
    assert.ok(status === 422 || status === 400, `${JSON.stringify(payload)}: ${text}`);
    assert.doesNotMatch(body.detail, /displacement|timestamp/);
  }
  const bounds = await tracker.enter('1970-01-01T00:00:00Z', '2099-12-31T23:59:59Z');
  assert.equal(
    (await tracker.call('PATCH', `/api/entries/${bounds.id}`, { tags: [] })).status,
    200,
  );
  for (const filter of ['from', 'to']) {
    for (const time of [end, '0000-01-01T00:00:00+15:00']) {
      await list(`?${new URLSearchParams({ [filter]: time })}`);
    }
  }
  const far = '?from=9999-12-31T00:00:00Z&to=9999-12-31T23:00:00-15:00';
  assert.equal((await tracker.call('GET', `/api/reports/summary${far}`)).status, 200);
});

test('an entry beyond what can be said, of an earlier release, can be seen and deleted', async () => {
  tracker.postgres.sql(
    `INSERT INTO entries (id, start_at, end_at, source_ref)
     VALUES (gen_random_uuid(), '10000-01-01T13:00:00Z', '10000-01-01T14:00:00Z', 'x')`,
  );
  const { items } = await list();
  assert.equal(items[0]?.end, '9999-12-31T23:59:59.000Z');
  assert.equal((await tracker.call('GET', '/api/export.csv')).status, 200);
  const url = `/api/entries/${items[0]?.id}`;
  assert.equal((await tracker.call('PATCH', url, { description: 'odd' })).status, 200);
  assert.equal((await tracker.call('DELETE', url)).status, 204);
});

test('a change is for the version that was seen: else 412 with both, and nothing is lost', async () => {
  const entry = await tracker.enter('2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z', {
    tags: ['a'],
  });
  const url = `/api/entries/${entry.id}`;
  const seen = (await tracker.call('GET', url)).headers.etag as string;
  assert.equal(seen, `"${entry.version}"`);
  const change = (tags: string[], match: string) =>
    tracker.call<{ current: Entry; yours: unknown; version: string }>(
      'PATCH',
      url,
      { tags },
      { 'if-match': match },
    );
  const first = await change(['a', 'A1'], seen);
  assert.equal(first.status, 200);
  assert.equal(first.headers.etag, `"${first.body.version}"`);
  const second = await change(['a', 'B1'], seen);
  assert.equal(second.status, 412);
  assert.equal(second.headers['content-type'], 'application/problem+json');
  assert.deepEqual(second.body.current.tags, ['a', 'A1']);
  assert.deepEqual(second.body.yours, { tags: ['a', 'B1'] });
  assert.equal((await tracker.call('DELETE', url, undefined, { 'if-match': seen })).status, 412);
  const cut = { at: '2026-10-05T09:30:00Z' };
  assert.equal((await tracker.call('POST', `${url}/split`, cut, { 'if-match': seen })).status, 412);
  // As nginx passes it on when it compresses; and what is for any version.
  assert.equal((await change(['a', 'C1'], `W/"${first.body.version}"`)).status, 200);
  assert.equal((await change(['a', 'D1'], '*')).status, 200);
  assert.equal((await tracker.call('PATCH', url, { tags: ['e'] })).status, 200, 'unconditional');
  const racing = (await tracker.call('GET', url)).headers.etag as string;
  const race = await Promise.all([change(['x'], racing), change(['y'], racing)]);
  assert.deepEqual(race.map(({ status }) => status).sort(), [200, 412]);
});

test('projects, clients and settings have versions, too', async () => {
  for (const kind of ['projects', 'clients']) {
    const made = await tracker.call<{ id: string; version: string }>('POST', `/api/${kind}`, {
      name: 'One',
    });
    const headers = { 'if-match': made.headers.etag as string };
    const url = `/api/${kind}/${made.body.id}`;
    assert.equal((await tracker.call('PATCH', url, { name: 'Two' }, headers)).status, 200);
    const lost = await tracker.call<{ current: { name: string } }>(
      'PATCH',
      url,
      { name: 'Three' },
      headers,
    );
    assert.equal(lost.status, 412);
    assert.equal(lost.body.current.name, 'Two');
  }
  const { headers, body } = await tracker.call('GET', '/api/settings');
  const match = { 'if-match': String(headers.etag) };
  const settings = body as Record<string, unknown>;
  const to = (weekStart: number) =>
    tracker.call('PUT', '/api/settings', { ...settings, weekStart }, match);
  assert.equal((await to(3)).status, 200);
  assert.equal((await to(4)).status, 412);
});

test('clients: unique whatever their case, their projects, filters and reports', async () => {
  type Named = { id: string; name: string; client: { id: string; name: string } | null };
  const add = async (path: string, payload: unknown) => {
    const answer = await tracker.call<Named>('POST', path, payload);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };
  const harbour = await add('/api/clients', { name: 'Harbour Cafe\u0301' });
  assert.equal(harbour.name, 'Harbour Caf\u00e9', 'NFC');
  const clash = await tracker.call('POST', '/api/clients', { name: 'HARBOUR CAF\u00c9' });
  assert.equal(clash.status, 409);
  const other = await add('/api/clients', { name: 'Other' });
  const site = await add('/api/projects', { name: 'Site', client: harbour.id });
  const same = await add('/api/projects', { name: 'site', client: other.id });
  await add('/api/projects', { name: 'SITE' });
  const again = await tracker.call('POST', '/api/projects', { name: 'Site', client: other.id });
  assert.equal(again.status, 409);
  const nobody = await tracker.call('POST', '/api/projects', { name: 'x', client: randomUUID() });
  assert.equal(nobody.status, 422);
  assert.deepEqual(site.client, { id: harbour.id, name: harbour.name });

  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    type Names = { items: Named[]; nextCursor: string | null };
    const path = `/api/projects?limit=1${cursor && `&cursor=${cursor}`}`;
    const page: Names = (await tracker.call<Names>('GET', path)).body;
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  assert.equal(new Set(seen).size, 3, 'paged though their names are the same');

  const time = (hour: number) =>
    [`2026-10-05T0${hour}:00:00Z`, `2026-10-05T0${hour + 1}:00:00Z`] as const;
  await tracker.enter(...time(1), { description: 'a', project: site.id, billable: true });
  await tracker.enter(...time(2), { description: 'b', project: same.id });
  await tracker.enter(...time(3), { description: 'c' });
  assert.deepEqual(await descriptions(`?client=${harbour.id}`), ['a']);
  const report = async (query: string) =>
    (
      await tracker.call<{ groups: { key: string; name: string; seconds: number }[] }>(
        'GET',
        `/api/reports/summary?from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z&${query}`,
      )
    ).body.groups.map(({ key, name, seconds }) => [key, name, seconds]);
  assert.deepEqual(await report('groupBy=client'), [
    [null, '', 3600],
    [harbour.id, 'Harbour Caf\u00e9', 3600],
    [other.id, 'Other', 3600],
  ]);
  assert.deepEqual(await report(`groupBy=project&client=${other.id}`), [[same.id, 'site', 3600]]);
  const moved = await tracker.call<Named>('PATCH', `/api/projects/${site.id}`, { client: null });
  assert.equal(moved.status, 409, 'there is one without a client of that name');
  await tracker.call('PATCH', `/api/projects/${site.id}`, { name: 'Website', client: null });
  assert.deepEqual(await descriptions(`?client=${harbour.id}`), []);
});

test('every name of a zone that a browser knows, and old ones, are zones', async () => {
  const { body } = await tracker.call<Record<string, unknown>>('GET', '/api/settings');
  const old = ['Asia/Calcutta', 'Europe/Kiev', 'America/Buenos_Aires', 'US/Pacific', 'EST5EDT'];
  const names = [...new Set([...Intl.supportedValuesOf('timeZone'), ...old, 'GMT', 'Etc/GMT+5'])];
  const times = ['2026-10-05T09:00:00Z', '2026-10-05T10:00:00Z'] as const;
  await tracker.enter(...times);
  for (const timezone of names) {
    const { status, text } = await tracker.call('PUT', '/api/settings', { ...body, timezone });
    assert.equal(status, 200, `${timezone}: ${text}`);
    const period = '?from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z';
    const report = await tracker.call<{ total: { seconds: number } }>(
      'GET',
      `/api/reports/summary${period}`,
    );
    assert.equal(report.body.total.seconds, 3600, timezone);
  }
});

test('search finds from one character on, in the middle, in any script, with or without accents', async () => {
  const texts = [
    'Résumé for the Café',
    'Straße, Øresund, Łódź',
    '東京タワーの設計',
    '会议记录',
    'ガイド for ﾃｽﾄ',
    'שָׁלוֹם עולם',
    'a\\b \'quoted\' "100%" _x_',
    'plain: resume, cafe',
    '한국어 회의',
    '🕑 clock',
  ];
  for (const [index, description] of texts.entries()) {
    const hour = String(index).padStart(2, '0');
    await tracker.enter(`2026-10-05T${hour}:00:00Z`, `2026-10-05T${hour}:30:00Z`, { description });
  }
  const found = async (q: string) =>
    (await descriptions(`?${new URLSearchParams({ q })}`))
      .map((text) => texts.indexOf(text))
      .sort();
  const cases: [string, number[]][] = [
    ['resume', [0, 7]],
    ['RÉSUMÉ', [0, 7]],
    ['re\u0301sume\u0301', [0, 7]],
    ['afé', [0, 7]],
    ['sume', [0, 7]],
    ['strasse', [1]],
    ['STRAẞE', [1]],
    ['ores', [1]],
    ['lodz', [1]],
    ['タ', [2]],
    ['京タ', [2]],
    ['京タワーの', [2]],
    ['记', [3]],
    ['录', [3]],
    ['テスト', [4]],
    ['ガ', [4]],
    ['שלום', [5]],
    ['\\', [6]],
    ["'", [6]],
    ['\' "', [6]],
    ['%', [6]],
    ['_x_', [6]],
    ["\\b 'q", [6]],
    ['회', [8]],
    ['🕑', [9]],
    ['k', [9]],
    ['zz', []],
    ['resumes', []],
    ['\u0301', []],
  ];
  for (const [q, expected] of cases) {
    assert.deepEqual(await found(q), expected, q);
    // The report and exports find by the index alone.
    const query = new URLSearchParams({
      q,
      from: '2026-10-01T00:00:00Z',
      to: '2026-11-01T00:00:00Z',
    });
    const report = await tracker.call<{ total: { entries: number } }>(
      'GET',
      `/api/reports/summary?${query}`,
    );
    assert.equal(report.body.total.entries, expected.length, q);
  }
  assert.deepEqual(await found(' '), [0, 1, 4, 5, 6, 7, 8, 9]);
});
