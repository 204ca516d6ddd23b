import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Entry } from '../../src/entries/entries.js';
import { COLUMNS, FIRST_COLUMNS, NOT_EXPORTED } from '../../src/exports/columns.js';
import { guard, unguard } from '../../src/exports/formula.js';
import { Entry as EntrySchema } from '../../src/schemas/entries.js';
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
  const client = await tracker.call<{ id: string }>('POST', '/api/clients', { name: '+Ash; =1' });
  const projects = [await project('=cmd()'), await project('Plain, with comma')];
  await tracker.call('PATCH', `/api/projects/${projects[1]}`, { client: client.body.id });
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
const counts = (some: { new?: number; duplicate?: number }) => ({
  ...{ new: 0, duplicate: 0, error: 0, leftOut: 0, differing: 0, updated: 0 },
  ...some,
});
const csv = async (query = '') => tracker.call('GET', `/api/export.csv${query}`);
const content = (entries: Entry[]) =>
  entries.map(({ start, end, description, project, tags, billable }) => ({
    ...{ start, end, description, tags, billable },
    project: project?.name,
    client: project?.client?.name,
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
  const rows: string[][] = parse(text, { bom: true });
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
  assert.deepEqual(known.body.counts, counts({ duplicate: nasty.length }), known.text);

  tracker.clear();
  // As the page sends it when someone chooses "another file".
  const form = { format: 'generic', mapping: { start: 'start', end: 'end' } };
  const { body, text } = await upload(tracker, '/api/imports', form, first.text);
  assert.deepEqual(body.counts, counts({ new: nasty.length }), text);
  assert.deepEqual(content(await all()), content(before));
  assert.equal((await csv()).text, first.text);
});

test('each field of an entry is written, or named as one that is not', () => {
  const written = [...new Set(COLUMNS.map(({ of }) => of)), ...NOT_EXPORTED];
  assert.deepEqual(written.sort(), Object.keys(EntrySchema.properties).sort());
  // For ever: files by which this is told are on people's disks.
  assert.deepEqual(FIRST_COLUMNS, [
    ...['start', 'end', 'duration', 'description', 'project', 'tags', 'billable', 'source', 'ref'],
  ]);
});

test('hours without a time of day are known as such after an export, too', async () => {
  const harvest = 'Date,Client,Project,Task,Notes,Hours\n2026-06-01,Ash,Site,Work,First,1.5\n';
  await upload(tracker, '/api/imports', {}, harvest);
  const { text } = await csv();
  tracker.clear();
  await upload(tracker, '/api/imports', {}, text);
  assert.deepEqual(
    (await all()).map(({ placed, description }) => [placed, description]),
    [[true, 'First']],
  );
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

test('what people open it with: a mark, local time beside UTC, decimal hours, semicolons', async () => {
  await tracker.enter('2026-10-05T21:30:00Z', '2026-10-05T23:00:00Z', { description: 'Spät; ab' });
  const settings = (await tracker.call('GET', '/api/settings')).body as Record<string, unknown>;
  await tracker.call('PUT', '/api/settings', { ...settings, timezone: 'Europe/Berlin' });
  const rows = async (query: string, delimiter: string) => {
    const { text } = await csv(query);
    const { parse } = await import('csv-parse/sync');
    return parse(text, { bom: true, columns: true, delimiter }) as Record<string, string>[];
  };
  assert.ok((await csv()).text.startsWith('\ufeffstart,end,duration,'));
  assert.ok((await csv('?mark=false')).text.startsWith('start,end,duration,'));
  const [first] = await rows('', ',');
  assert.equal(first?.start, '2026-10-05T21:30:00Z');
  assert.equal(first?.['local start'], '2026-10-05 23:30:00');
  assert.equal(first?.['local end'], '2026-10-06 01:00:00');
  assert.equal(first?.['time zone'], 'Europe/Berlin');
  assert.equal(first?.hours, '1.5000');
  assert.equal(first?.['rounded hours'], undefined);
  const query = '?separator=semicolon&timezone=Asia/Calcutta&rounding=up&roundingMinutes=60';
  const [second] = await rows(query, ';');
  assert.equal(second?.['local start'], '2026-10-06 03:00:00');
  assert.deepEqual([second?.hours, second?.['rounded hours']], ['1,5000', '2,0000']);
  // In whatever form, it can be imported again.
  for (const form of ['', query, '?separator=tab&mark=false']) {
    const { body } = await upload(tracker, '/api/imports/preview', {}, (await csv(form)).text);
    assert.deepEqual(body.counts, counts({ duplicate: 1 }), form);
  }
});

test('a workbook has local times, numbers, and text that is never a formula', async () => {
  await fill();
  const settings = (await tracker.call('GET', '/api/settings')).body as Record<string, unknown>;
  await tracker.call('PUT', '/api/settings', { ...settings, timezone: 'Europe/Berlin' });
  const response = await tracker.app.inject({
    url: '/api/export.xlsx',
    headers: { authorization: `Bearer ${tracker.accessToken}` },
  });
  assert.equal(response.statusCode, 200, response.body);
  assert.match(String(response.headers['content-type']), /spreadsheetml/);
  const { unzipSync, strFromU8 } = await import('fflate');
  const files = unzipSync(new Uint8Array(response.rawPayload));
  const sheet = strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  const strings = strFromU8(files['xl/sharedStrings.xml'] ?? new Uint8Array());
  assert.equal(sheet.match(/<row /g)?.length, nasty.length + 1);
  assert.doesNotMatch(sheet, /<f>/);
  assert.match(strings, /=HYPERLINK/);
  // 5 October 2026, 02:00 in Berlin, as a spreadsheet counts days.
  assert.match(sheet, new RegExp(`<v>${46300 + 2 / 24}`.slice(0, 14)));
});

test('overlaps in the JSON are those of the list', async () => {
  const spans = [
    ['09:00', '10:00'],
    ['09:00', '10:00'],
    ['10:00', '11:00'],
    ['10:30', '10:30'],
    ['11:00', '11:00'],
    ['11:00', '12:00'],
    ['12:00', '12:00'],
    ['12:00', '12:00'],
    ['13:00', '18:00'],
    ['14:00', '14:30'],
    ['15:00', '16:00'],
    ['18:00', '19:00'],
  ];
  for (const [start, end] of spans) {
    await tracker.enter(`2026-10-05T${start}:00Z`, `2026-10-05T${end}:00Z`);
  }
  await tracker.call('POST', '/api/timer/start', {});
  const listed = await tracker.call<{ items: Entry[] }>('GET', '/api/entries?limit=200');
  const byId = new Map(listed.body.items.map(({ id, overlaps }) => [id, overlaps]));
  const exported = await all();
  assert.equal(exported.length, spans.length + 1);
  for (const { id, overlaps, start, end } of exported) {
    assert.equal(overlaps, byId.get(id), `${start} ${end}`);
  }
});
