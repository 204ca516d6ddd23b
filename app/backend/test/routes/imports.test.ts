import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Entry } from '../../src/entries/entries.js';
import { startTracker, type Tracker } from '../helpers/tracker.js';
import { type Form, type ImportAnswer, upload } from '../helpers/upload.js';

let tracker: Tracker;
before(async () => {
  tracker = await startTracker();
});
after(() => tracker?.close());
beforeEach(() => tracker.clear());

const samples = join(import.meta.dirname, '..', '..', '..', 'samples');
const sample = (name: string) => readFileSync(join(samples, `${name}.csv`));
const counts = (some: Partial<ImportAnswer['counts']>) => ({
  ...{ new: 0, duplicate: 0, error: 0, leftOut: 0, differing: 0, updated: 0 },
  ...some,
});
const berlin = { timezone: 'Europe/Berlin' };

const preview = (form: Form, content: string | Uint8Array) =>
  upload(tracker, '/api/imports/preview', form, content);
async function bring(form: Form, content: string | Uint8Array): Promise<ImportAnswer> {
  const answer = await upload(tracker, '/api/imports', form, content);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}
async function entries(): Promise<Entry[]> {
  const answer = await tracker.call<{ items: Entry[] }>('GET', '/api/entries?limit=200');
  return answer.body.items.reverse();
}

const samplesWithMapping: [string, Form][] = [
  ['toggl', { format: 'toggl', ...berlin }],
  ['clockify', { format: 'clockify', ...berlin }],
  ['tempo', { format: 'tempo', ...berlin }],
  ['harvest', { format: 'harvest', ...berlin }],
  ['kimai', { format: 'kimai', ...berlin }],
  [
    'generic',
    {
      format: 'generic',
      ...berlin,
      mapping: {
        start: 'Start',
        end: 'End',
        description: 'Description',
        project: 'Project',
        tags: 'Labels',
        billable: 'Billable',
        ref: 'Id',
      },
    },
  ],
];

for (const [name, form] of samplesWithMapping) {
  test(`the sample ${name}.csv: preview writes nothing, import all, again changes nothing`, async () => {
    const rows = sample(name).toString().trimEnd().split('\n').length - 1;
    const seen = await preview(form, sample(name));
    assert.equal(seen.status, 200, seen.text);
    assert.deepEqual(seen.body.counts, counts({ new: rows }));
    assert.equal(seen.body.sample.length, Math.min(20, rows));
    assert.equal((await entries()).length, 0);

    assert.deepEqual((await bring(form, sample(name))).counts, seen.body.counts);
    assert.deepEqual((await bring(form, sample(name))).counts, counts({ duplicate: rows }));
    assert.equal((await entries()).length, rows);
  });
}

test('all samples together show where systems overlap', async () => {
  for (const [name, form] of samplesWithMapping) await bring(form, sample(name));
  const all = await entries();
  assert.ok(all.some(({ overlaps }) => overlaps));
  const systems = new Set(all.map(({ source }) => source.system));
  assert.deepEqual([...systems].sort(), [
    ...['clockify', 'csv', 'harvest', 'kimai', 'tempo', 'toggl'],
  ]);
  assert.ok(all.every(({ source }) => source.ref));
});

test('Toggl Track: both generations of its columns, byte order mark, summer time', async () => {
  const old =
    '\ufeffUser,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()\r\n' +
    'R,r@x,,Site,,"Review, with ""quotes""",Yes,2026-10-24,22:00:00,2026-10-25,03:30:00,06:30:00,"a, b",\r\n';
  await bring({ format: 'toggl', ...berlin }, old);
  const fresh =
    '\ufeff"Description",Duration,Project,Start date,Start time,Stop date,Stop time\n' +
    '"Two\nlines",1:30:00,site,2026-03-29,01:30:00,2026-03-29,04:00:00\n';
  await bring({ format: 'toggl', ...berlin }, fresh);
  const [spring, autumn] = await entries();
  assert.equal(spring?.start, '2026-03-29T00:30:00.000Z');
  assert.equal(spring?.end, '2026-03-29T02:00:00.000Z');
  assert.equal(spring?.description, 'Two\nlines');
  assert.equal(spring?.project?.name, 'Site', 'the same project, whatever its case');
  assert.equal(autumn?.start, '2026-10-24T20:00:00.000Z');
  assert.equal(autumn?.end, '2026-10-25T02:30:00.000Z', 'six and a half hours');
  assert.equal(autumn?.description, 'Review, with "quotes"');
  assert.deepEqual(autumn?.tags, ['a', 'b']);
  assert.equal(autumn?.billable, true);
});

test('Clockify: month or day first is seen in the dates, 12 and 24 hours both read', async () => {
  const header =
    '"Project","Description","Tags","Billable","Start Date","Start Time","End Date","End Time"\n';
  const american = `${header}"P","x","","Yes","04/03/2026","12:15:00 AM","04/03/2026","12:30:00 PM"\n"P","y","","No","04/30/2026","01:00:00 PM","04/30/2026","02:00:00 PM"\n`;
  const european = `${header}"P","u","","Yes","04/03/2026","10:00","04/03/2026","10:13"\n"P","v","","No","30/04/2026","23:00","01/05/2026","00:30"\n`;
  await bring({ format: 'clockify', timezone: 'UTC' }, american);
  await bring({ format: 'clockify', timezone: 'UTC' }, european);
  assert.deepEqual(
    (await entries()).map(({ description, start, end }) => `${description} ${start} ${end}`),
    [
      'u 2026-03-04T10:00:00.000Z 2026-03-04T10:13:00.000Z',
      'x 2026-04-03T00:15:00.000Z 2026-04-03T12:30:00.000Z',
      'y 2026-04-30T13:00:00.000Z 2026-04-30T14:00:00.000Z',
      'v 2026-04-30T23:00:00.000Z 2026-05-01T00:30:00.000Z',
    ],
  );
});

test('Tempo: hours and a work date; billed hours make it billable', async () => {
  const csv =
    '"Issue Key","Issue summary","Hours","Work date","Activity Name","Project Name","Work Description","Billed Hours"\n' +
    '"PAY-1","Refunds","1.5","2026-10-05 09:00","Development","Payments","","1.5"\n' +
    '"PAY-2","Receipts","0.25","2026-10-06","","Payments","Read it","0"\n';
  await bring({ format: 'tempo', ...berlin }, csv);
  const [one, two] = await entries();
  assert.equal(one?.start, '2026-10-05T07:00:00.000Z');
  assert.equal(one?.end, '2026-10-05T08:30:00.000Z');
  assert.equal(one?.description, 'PAY-1 Refunds');
  assert.deepEqual([one?.tags, one?.billable], [['Development'], true]);
  assert.equal(two?.description, 'PAY-2 Read it');
  assert.equal(two?.start, '2026-10-06T07:00:00.000Z');
  assert.equal(two?.billable, false);
});

test('another CSV: separate date, durations of several kinds, semicolons', async () => {
  const csv =
    'Day;From;Long;What\n5.10.2026;9:00;1,5;a\n6.10.2026;9:00;1h 15m;b\n7.10.2026;9:00;0:20;c\n';
  const mapping = { date: 'Day', start: 'From', duration: 'Long', description: 'What' };
  await bring({ format: 'generic', mapping, timezone: 'UTC' }, csv);
  assert.deepEqual(
    (await entries()).map(({ start, end }) => [start.slice(5, 16), end?.slice(11, 16)]),
    [
      ['10-05T09:00', '10:30'],
      ['10-06T09:00', '10:15'],
      ['10-07T09:00', '09:20'],
    ],
  );
});

test('an hour logged twice stays two, and is known both times when it comes again', async () => {
  const header = 'Description,Start date,Start time,Stop date,Stop time\n';
  const row = 'Same,2026-10-05,09:00:00,2026-10-05,10:00:00\n';
  const form = { format: 'toggl', timezone: 'UTC' };
  assert.equal((await bring(form, header + row + row)).counts.new, 2);
  const more = await bring(form, header + row + row + row);
  assert.deepEqual(more.counts, counts({ new: 1, duplicate: 2 }));
});

test('projects of an import get colours that the fewest have: none again before all are used', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `P${String(index).padStart(2, '0')}`);
  const header = 'Description,Project,Start date,Start time,Stop date,Stop time\n';
  const rows = (some: string[]) =>
    header + some.map((name) => `x,${name},2026-10-05,09:00:00,2026-10-05,10:00:00\n`).join('');
  const form = { format: 'toggl', timezone: 'UTC' };
  const colors = async () => {
    type Projects = { items: { name: string; color: string }[] };
    const { body } = await tracker.call<Projects>('GET', '/api/projects');
    return body.items.map(({ color }) => color);
  };
  await bring(form, rows(names.slice(0, 5)));
  for (const name of ['A', 'B']) await tracker.call('POST', '/api/projects', { name });
  // Those that are there already use up no colour.
  await bring(form, rows(['P03', 'P01', ...names.slice(5, 10)]));
  const page = join(samples, '..', 'frontend', 'src', 'lib', 'palette.ts');
  const palette = readFileSync(page, 'utf8').match(/#[0-9a-f]{6}/g) ?? [];
  assert.deepEqual((await colors()).sort(), [...palette].sort(), 'the colours of the page');
  assert.deepEqual((await colors()).slice(2, 7), palette.slice(0, 5), 'in its order');

  await bring(form, rows(names));
  const all = await colors();
  assert.equal(all.length, 32);
  for (const color of palette) {
    const uses = all.filter((each) => each === color).length;
    assert.ok(uses === 2 || uses === 3, `${color}: ${uses}`);
  }
});

test('an imported entry that was changed here is still known', async () => {
  const [[, form] = ['', { format: '' }]] = samplesWithMapping;
  await bring(form, sample('toggl'));
  const [first] = await entries();
  await tracker.call('PATCH', `/api/entries/${first?.id}`, { description: 'Changed' });
  assert.equal((await bring(form, sample('toggl'))).counts.new, 0);
  assert.equal((await entries())[0]?.description, 'Changed');
});

test('lines in error are named with the reason, and then nothing at all is imported', async () => {
  const csv = [
    'Description,Billable,Start date,Start time,Stop date,Stop time',
    'good,Yes,2026-10-05,09:00:00,2026-10-05,10:00:00',
    'no such day,Yes,2026-02-30,09:00:00,2026-10-05,10:00:00',
    'no time,Yes,2026-10-05,noon,2026-10-05,10:00:00',
    'backwards,Yes,2026-10-05,10:00:00,2026-10-05,09:00:00',
    'short,Yes',
    'perhaps,perhaps,2026-10-05,09:00:00,2026-10-05,10:00:00',
    'no date,Yes,,09:00:00,2026-10-05,10:00:00',
    `${'x'.repeat(3001)},Yes,2026-10-05,09:00:00,2026-10-05,10:00:00`,
    'nul\0,Yes,2026-10-05,09:00:00,2026-10-05,10:00:00',
  ].join('\n');
  const form = { format: 'toggl', timezone: 'UTC' };
  const { body } = await preview(form, csv);
  assert.deepEqual(body.counts, counts({ new: 1, error: 8 }));
  const errors = body.errors.map(({ hint: _, ...rest }) => rest);
  assert.deepEqual(errors, [
    { line: 3, column: 'Start date', value: '2026-02-30', reason: '"2026-02-30" is not a date' },
    { line: 4, column: 'Start time', value: 'noon', reason: '"noon" is not a time' },
    { line: 5, column: 'Stop time', value: '09:00:00', reason: 'it ends before it starts' },
    { line: 6, column: 'Start date', value: '', reason: 'the date is missing' },
    { line: 7, column: 'Billable', value: 'perhaps', reason: '"perhaps" is neither yes nor no' },
    { line: 8, column: 'Start date', value: '', reason: 'the date is missing' },
    {
      ...{ line: 9, column: 'Description', value: 'x'.repeat(100) },
      reason: 'its description has over 3000 characters',
    },
    { line: 10, column: null, value: null, reason: 'it has a NUL character' },
  ]);
  const refused = await upload<{ detail: string; errors: unknown[] }>(
    tracker,
    '/api/imports',
    form,
    csv,
  );
  assert.equal(refused.status, 422);
  assert.equal(refused.body.detail, 'Nothing was imported: 8 lines are in error.');
  assert.equal(refused.body.errors.length, 8);
  assert.equal((await entries()).length, 0);
});

test('what is no such file is one clear problem', async () => {
  const cases: [Form, string | Uint8Array, number, RegExp][] = [
    [{ format: 'toggl' }, '', 422, /The file is empty/],
    [
      { format: 'toggl' },
      'a,b\n1,2\n',
      422,
      /not a detailed report of Toggl Track: there is no column "start date". The columns are: a, b\./,
    ],
    [{ format: 'clockify' }, sample('tempo'), 422, /not a detailed report of Clockify/],
    [{ format: 'toggl' }, new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 422, /./],
    [{ format: 'toggl' }, `Description,"Start\n${'x'.repeat(200_000)}`, 422, /This is not CSV/],
    [{ format: 'excel' }, 'a\n', 400, /^body\/format/],
    [{ format: 'toggl', timezone: 'Mars/Olympus' }, sample('toggl'), 422, /no time zone/],
    [{ format: 'generic', mapping: { end: 'b' } }, 'a,b\n', 400, /required property 'start'/],
    [{ format: 'generic', mapping: { start: 'c' } }, 'a,b\n', 422, /there is no column "c"/],
  ];
  for (const [form, content, status, detail] of cases) {
    const answer = await upload<{ detail: string }>(tracker, '/api/imports', form, content);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.body.detail, detail);
  }
  const noForm = await tracker.call('POST', '/api/imports', { format: 'toggl' });
  assert.equal(noForm.status, 415);
  assert.equal((await entries()).length, 0);
});

test('SQL and markup in each cell of an import stay text', async () => {
  const nasty = `'); DROP TABLE entries;-- <img src=x onerror=alert(1)> \\N \\. \\t`;
  const csv = `start,end,description,project,tags\n2026-10-05T09:00:00Z,2026-10-05T10:00:00Z,"${nasty}","${nasty}","${nasty}"\n`;
  const mapping = {
    start: 'start',
    end: 'end',
    description: 'description',
    project: 'project',
    tags: 'tags',
  };
  await bring({ format: 'generic', mapping }, csv);
  const [entry] = await entries();
  assert.equal(entry?.description, nasty);
  assert.equal(entry?.project?.name, nasty);
  assert.deepEqual(entry?.tags, [nasty]);
});

test('an import that is sent again with its key is answered from the first', async () => {
  const [[, form] = ['', { format: '' }]] = samplesWithMapping;
  const key = { 'idempotency-key': 'import-12345' };
  const first = await upload(tracker, '/api/imports', form, sample('toggl'), key);
  const again = await upload(tracker, '/api/imports', form, sample('toggl'), key);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers['idempotency-replayed'], 'true');
});

test('progress is there under the id that the preview gave', async () => {
  const [[, form] = ['', { format: '' }]] = samplesWithMapping;
  const { importId, counts: seen } = (await preview(form, sample('toggl'))).body;
  const progress = async () => {
    const answer = await tracker.call('GET', `/api/imports/${importId}`);
    const { id, status, done, total } = answer.body as Record<string, unknown>;
    return { id, status, done, total };
  };
  const total = seen.new;
  assert.deepEqual(await progress(), { id: importId, status: 'previewed', done: 0, total });
  await bring({ ...form, importId }, sample('toggl'));
  assert.deepEqual(await progress(), { id: importId, status: 'done', done: total, total });
  assert.equal((await tracker.call('GET', `/api/imports/${randomUUID()}`)).status, 404);
});
