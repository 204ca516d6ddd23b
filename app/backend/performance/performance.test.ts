import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, PASSWORD } from '../test/helpers/app.js';
import { startServer } from '../test/helpers/server.js';
import { search, startTracker, type Tracker } from '../test/helpers/tracker.js';
import { type ImportAnswer, multipart } from '../test/helpers/upload.js';

let tracker: Tracker;
before(async () => {
  tracker = await startTracker();
});
after(() => tracker?.close());

const ROWS = 100_000;

/** A detailed report of Toggl Track with so many entries, an hour apart. */
function toggl(rows: number): string {
  const lines = ['Description,Billable,Project,Tags,Start date,Start time,Stop date,Stop time'];
  for (let row = 0; row < rows; row++) {
    const start = new Date(Date.UTC(2012, 0, 1, row)).toISOString();
    const [day, time] = [start.slice(0, 10), start.slice(11, 17)];
    const tags = `"tag ${row % 20}, review"`;
    lines.push(
      `Ticket ${row} of the relaunch,Yes,P${row % 40},${tags},${day},${time}00,${day},${time}45`,
    );
  }
  return `${lines.join('\n')}\n`;
}

test('100,000 rows import in bounded time and memory, with progress, and nobody waits', async (t) => {
  const server = await startServer({ ...environment(tracker.postgres), DRAIN_SECONDS: '0' });
  const login = await fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const authorization = `Bearer ${accessToken}`;
  const send = async (path: string, importId?: string) => {
    const form = { format: 'toggl', timezone: 'Europe/Berlin', ...(importId && { importId }) };
    const { payload, headers } = await multipart(form, file);
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { ...headers, authorization },
      body: payload,
    });
    assert.equal(response.status, 200);
    return (await response.json()) as ImportAnswer;
  };
  const file = toggl(ROWS);
  const peak = () => {
    const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  const before = peak();
  let slowest = 0;
  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const started = performance.now();
    const response = await fetch(server.url + path, {
      ...init,
      headers: { authorization, ...(init.body && { 'content-type': 'application/json' }) },
    });
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    slowest = Math.max(slowest, performance.now() - started);
    return JSON.parse(answer) as T;
  }

  const previewed = performance.now();
  const { importId, counts } = await send('/api/imports/preview');
  const previewSeconds = (performance.now() - previewed) / 1000;
  assert.deepEqual([counts.new, counts.error], [ROWS, 0]);
  async function others() {
    for (const path of ['/api/timer', '/api/projects', '/api/entries', '/api/tags'])
      await ask(path);
    const tags = { tags: ['tag 1'] };
    await ask('/api/timer/start', { method: 'POST', body: JSON.stringify(tags) });
  }
  // What a machine that is busy with other work makes them wait, without any import.
  for (let round = 0; round < 20; round++) await others();
  const quiet = slowest;
  slowest = 0;
  const started = performance.now();
  const importing = send('/api/imports', importId);
  const seen = new Set<number>();
  const over = importing.then(() => true);
  while (!(await Promise.race([over, sleep(200, false)]))) {
    const { done, written, total } = await ask<Record<'done' | 'written' | 'total', number>>(
      `/api/imports/${importId}`,
    );
    assert.equal(total, ROWS);
    seen.add(done + written);
    await others();
  }
  assert.deepEqual((await importing).counts, counts);
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(
    `preview: ${previewSeconds.toFixed(1)} s, import: ${seconds.toFixed(1)} s; memory: ${before.toFixed(0)} MiB, at most ${peak().toFixed(0)} MiB`,
  );
  t.diagnostic(
    `others waited for ${slowest.toFixed(0)} ms at most, ${quiet.toFixed(0)} ms without an import`,
  );
  // A minute, and a second: where other work leaves that much of the machine, which the same
  // requests without an import tell, and the preview, that reads the file as the import does.
  assert.ok(seconds < Math.max(60, 8 * previewSeconds), `${seconds} s`);
  assert.ok(slowest < Math.max(1_000, 10 * quiet), `another request took ${slowest} ms`);
  assert.ok(peak() - before < 200, `from ${before} to ${peak()} MiB`);
  assert.ok(seen.size >= 3, `progress seen: ${[...seen]}`);
  for (const kind of ['csv', 'json']) {
    const from = performance.now();
    const response = await fetch(`${server.url}/api/export.${kind}`, {
      headers: { authorization },
    });
    const { length } = await response.text();
    const took = performance.now() - from;
    t.diagnostic(
      `export.${kind}: ${(length / 1e6).toFixed(0)} MB in ${(took / 1000).toFixed(1)} s`,
    );
    assert.ok(took < Math.max(10_000, 1_000 * previewSeconds), `export.${kind}: ${took} ms`);
  }
  server.process.kill('SIGTERM');
  await server.ended;
  tracker.postgres.sql("DELETE FROM entries WHERE source_system = 'manual'");
});

/** A million entries, most over three years, with other indexes off while they are made. */
function fill() {
  const { sql } = tracker.postgres;
  const indexes = sql(
    `SELECT indexname || '|' || indexdef FROM pg_indexes
     WHERE tablename = 'entries' AND indexname <> 'entries_pkey'`,
  ).split('\n');
  sql(indexes.map((index) => `DROP INDEX ${index.split('|', 1)[0]}`).join(';'));
  sql(`INSERT INTO entries (id, start_at, end_at, description, project_id, tags, billable,
                            source_system, source_ref)
       SELECT gen_random_uuid(), s, s + interval '1 minute' * (5 + i % 90),
              'Worked on ticket ' || i, projects[1 + i % 40],
              CASE WHEN i % 300000 = 7 THEN ARRAY['rare'] ELSE ARRAY['tag ' || i % 20, 'review'] END,
              i % 300000 <> 8, CASE i % 3 WHEN 0 THEN 'clockify' ELSE 'toggl' END, 'r' || i
       FROM (SELECT array_agg(id) AS projects FROM projects) p,
            generate_series(1, 900000) i,
            LATERAL (SELECT timestamptz '2023-11-05' + i * interval '1.75 minutes' AS s) x`);
  sql(
    ["SET maintenance_work_mem = '256MB'", ...indexes.map((index) => index.split('|')[1])].join(
      ';',
    ),
  );
  sql('VACUUM ANALYZE entries');
}

/** How many rows the steps of a plan that was carried out came upon. */
function rowsRead(plan: string): number[] {
  let loops = 1;
  return plan.split('\n').map((line) => {
    const step = /actual rows=(\d+) loops=(\d+)/.exec(line);
    if (step) loops = Number(step[2]);
    const rows = step?.[1] ?? /Rows Removed by .*: (\d+)/.exec(line)?.[1] ?? 0;
    return Number(rows) * loops;
  });
}

const october = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' };

test('with a million entries, no query reads them all', async () => {
  fill();
  assert.equal(tracker.postgres.sql('SELECT count(*) FROM entries'), '1000000');
  const project = tracker.postgres.sql('SELECT id FROM projects LIMIT 1');
  const { db } = tracker.app;
  const asked: { sql: string; values: unknown[] }[] = [];
  const { read, query } = db;
  db.read = (sql, values = []) => {
    asked.push({ sql, values });
    return read(sql, values);
  };
  db.query = (sql, values = []) => {
    asked.push({ sql, values });
    return query(sql, values);
  };
  const lists = [
    {},
    { limit: 200 },
    october,
    { from: '1990-01-01T00:00:00Z', to: '1990-02-01T00:00:00Z' },
    { to: '2020-01-01T00:00:00Z', limit: 200 },
    { project },
    { tag: 'tag 3' },
    { tag: 'review' },
    { tag: 'rare' },
    { tag: 'rare', limit: 1 },
    { tag: 'nowhere' },
    { source: 'clockify' },
    { source: 'nowhere' },
    { billable: 'true' },
    { billable: 'false' },
    { q: 'ticket 77777' },
    { q: 'nothing like it' },
    { q: 'zz' },
    { q: 'e' },
    { q: '77' },
    { q: 'Wörked' },
    { ...october, project, tag: 'tag 3', billable: 'true', q: 'ticket' },
  ];
  const { body } = await tracker.call<{ nextCursor: string }>('GET', '/api/entries');
  const paths = [
    ...[...lists, { cursor: body.nextCursor }].map((each) => `/api/entries?${search(each)}`),
    ...['day', 'week', 'month', 'project', 'tag'].flatMap((groupBy) =>
      [{}, { project }, { tag: 'tag 3' }, { tag: 'rare' }].map(
        (filter) => `/api/reports/summary?${search({ ...october, groupBy, ...filter })}`,
      ),
    ),
    `/api/reports/summary?${search({ from: '2016-01-01T00:00:00Z', to: '2026-11-01T00:00:00Z', tag: 'rare' })}`,
    '/api/timer',
    '/api/projects',
    '/api/tags',
  ];
  const client = await tracker.postgres.connect();
  await client.query('SET jit = off');
  for (const path of paths) {
    asked.length = 0;
    const answer = await tracker.call('GET', path);
    assert.equal(answer.status, 200, answer.text);
    for (const { sql, values } of asked.splice(0)) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF) ${sql}`, values);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      const most = Math.max(...rowsRead(plan));
      assert.ok(most < ROWS, `${path}\n${plan}`);
    }
  }
  await client.end();
  Object.assign(db, { read, query });
});

test("a month's report over a million entries takes under 100 ms at the 99th percentile", async (t) => {
  const place = `/api/reports/summary?${search({ ...october, timezone: 'Europe/Berlin' })}`;
  async function percentile(share: number, path = place, requests = 100): Promise<number> {
    const times: number[] = [];
    for (let request = 0; request < requests; request++) {
      const started = performance.now();
      const { status } = await tracker.call('GET', path);
      times.push(performance.now() - started);
      assert.equal(status, 200);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.floor((requests - 1) * share)] ?? Infinity;
    t.diagnostic(`median ${at(0.5).toFixed(1)} ms, 99th percentile ${at(0.99).toFixed(1)} ms`);
    return at(share);
  }
  // Sums are by project and day then, whatever they are grouped by: that is more work.
  for (const per of ['day', 'project']) {
    const rounded = `${place}&rounding=nearest&roundingMinutes=15&roundingPer=${per}`;
    let best = Infinity;
    for (let round = 0; round < 5 && best >= 100; round++) {
      best = Math.min(best, await percentile(0.5, rounded, 20));
    }
    assert.ok(best < 100, `rounded by ${per}: a median of ${best} ms`);
  }
  // Other work on the machine can only make it slower: the best of ten rounds is nearest to it.
  for (let round = 0; round < 10; round++) if ((await percentile(0.99)) < 100) return;
  assert.fail('not in any of ten rounds');
});

test('a long export is a stream, not a pile', async () => {
  const before = process.memoryUsage().rss;
  let characters = 0;
  const { csvLines } = await import('../src/exports/export.js');
  const { zoneOf } = await import('../src/zone.js');
  const form = {
    ...{ zone: zoneOf('Europe/Berlin'), separator: ',' as const, mark: true },
    rounding: { mode: 'nearest' as const, minutes: 15, per: 'entry' as const },
  };
  for await (const chunk of csvLines(tracker.app.db, { from: '2026-01-01T00:00:00Z' }, form)) {
    characters += chunk.length;
  }
  const growth = (process.memoryUsage().rss - before) / 1024 / 1024;
  assert.ok(characters > 40_000_000, `${characters}`);
  assert.ok(growth < 120, `${growth} MiB`);
});
