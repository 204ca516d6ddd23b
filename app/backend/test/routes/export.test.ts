import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Entry } from '../../src/entries/entries.js';
import { guard, unguard } from '../../src/exports/formula.js';
import { startTracker, type Tracker } from '../helpers/tracker.js';
import { upload } from '../helpers/upload.js';

let tracker: Tracker;
before(async () => {
  tracker = await startTracker();
});
after(() => tracker?.close());
beforeEach(() => tracker.clear());

const nasty = [
  '=HYPERLINK("http://x","y")',
  '+1',
  '-1',
  '@SUM(A1)',
  "'=1",
  "''=1",
  "'quoted'",
  '\t=1',
  'a,b;c\td',
  'line one\r\nline two',
  '"""',
  ' space around ',
  '\\N',
  '🕑 Zeit ß İ',
  '',
  ';=1+1',
  'a;"=1+1',
  '＝1+1',
  'x\n＋1|－1',
];

async function fill() {
  const project = async (name: string) =>
    (await tracker.call<{ id: string }>('POST', '/api/projects', { name })).body.id;
  const projects = [await project('=cmd()'), await project('Plain, with comma')];
  for (const [index, description] of nasty.entries()) {
    const hour = String(index).padStart(2, '0');
    await tracker.enter(`2026-10-05T${hour}:00:00Z`, `2026-10-05T${hour}:30:59Z`, {
      description,
      project: projects[index % 3] ?? null,
      tags: index % 2 ? ['=1+1', '-x', 'plain'] : [],
      billable: index % 2 === 0,
    });
  }
}
const csv = async (query = '') => tracker.call('GET', `/api/export.csv${query}`);
const content = (entries: Entry[]) =>
  entries.map(({ start, end, description, project, tags, billable }) => ({
    ...{ start, end, description, tags, billable },
    project: project?.name,
  }));
async function all(): Promise<Entry[]> {
  const answer = await tracker.call<Entry[]>('GET', '/api/export.json');
  assert.equal(answer.status, 200);
  return answer.body;
}

test('no cell of a CSV begins like a formula', async () => {
  await fill();
  const { text, headers } = await csv();
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
  assert.match(String(headers['content-disposition']), /^attachment/);
  const { parse } = await import('csv-parse/sync');
  const rows: string[][] = parse(text);
  assert.equal(rows.length, nasty.length + 1);
  for (const cell of rows.flat()) {
    for (const part of cell.split(/[;,|\t\r\n]/))
      assert.doesNotMatch(part, /^["\s]*[=+\-@＝＋－＠]/);
  }
});

test('a CSV that is imported again is the same, in an empty tracker and in this one', async () => {
  await fill();
  const before = await all();
  assert.equal(before.length, nasty.length);
  const first = await csv();

  const known = await upload(tracker, '/api/imports', { format: 'timetracker' }, first.text);
  assert.deepEqual(known.body.counts, { new: 0, duplicate: nasty.length, error: 0 });

  tracker.clear();
  // As the page sends it when someone chooses "another file".
  const form = { format: 'generic', mapping: { start: 'start', end: 'end' } };
  const { body, text } = await upload(tracker, '/api/imports', form, first.text);
  assert.deepEqual(body.counts, { new: nasty.length, duplicate: 0, error: 0 }, text);
  assert.deepEqual(content(await all()), content(before));
  assert.equal((await csv()).text, first.text);
});

test('filters hold for exports; the running entry is in the JSON alone', async () => {
  await fill();
  await tracker.call('POST', '/api/timer/start', { description: 'running' });
  assert.equal((await csv('?billable=true')).text.trimEnd().split('\r\n').length, 11);
  assert.doesNotMatch((await csv()).text, /running/);
  assert.ok((await all()).some(({ end }) => end === null));
  const none = await tracker.call<Entry[]>('GET', '/api/export.json?q=nothing');
  assert.deepEqual(none.body, []);
  assert.equal((await csv('?from=yesterday')).status, 400);
});

test('the guard comes off again, whatever the text', () => {
  for (const text of [...nasty, "'''=x", "'", '=', "'a", '\r']) {
    assert.equal(unguard(guard(text)), text);
    assert.doesNotMatch(guard(text), /^[=+\-@\t\r]/);
  }
});
