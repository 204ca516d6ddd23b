import assert from 'node:assert/strict';
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

const berlin = { timezone: 'Europe/Berlin' };
const utc = { timezone: 'UTC' };

async function look(form: Form, content: string | Uint8Array): Promise<ImportAnswer> {
  const answer = await upload(tracker, '/api/imports/preview', form, content);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}
async function bring(form: Form, content: string | Uint8Array): Promise<ImportAnswer> {
  const answer = await upload(tracker, '/api/imports', form, content);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}
async function entries(): Promise<Entry[]> {
  return (await tracker.call<Entry[]>('GET', '/api/export.json')).body;
}
/** "start end description" of each, the times in UTC without what is the same. */
async function shown(): Promise<string[]> {
  const short = (time: string | null) => time?.slice(5, 16).replace('T', ' ');
  return (await entries()).map(({ start, end, description }) =>
    `${short(start)} ${short(end)} ${description}`.trim(),
  );
}
const project = ({ project: of }: Entry) =>
  of && (of.client ? `${of.name} of ${of.client.name}` : of.name);

test('Toggl’s two headers: a dash is an empty cell, one that runs is left out', async () => {
  const fresh =
    '\ufeff"Description","Billable","Duration","Member","Email","Client","Project","Tags","Start date","Start time","Stop date","Stop time"\n' +
    '"Letters","No","0:45:00","R","r@x","-","-","-","2026-06-01","08:00:00","2026-06-01","08:45:00"\n' +
    '"Garden","Yes","1:15:00","R","r@x","Beech","Lawn","out, green","2026-06-01","09:00:00","2026-06-01","10:15:00"\n' +
    '"Now","No","-","R","r@x","-","-","-","2026-06-01","11:00:00","",""\n';
  const old =
    'User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()\n' +
    'R,r@x,,,,Letters,No,2026-06-01,08:00:00,2026-06-01,08:45:00,00:45:00,,\n' +
    'R,r@x,Beech,Lawn,,Garden,Yes,2026-06-01,09:00:00,2026-06-01,10:15:00,01:15:00,"out, green",\n';
  const first = await bring({ format: 'toggl', ...berlin }, fresh);
  assert.deepEqual([first.counts.new, first.counts.leftOut], [2, 1]);
  assert.deepEqual(
    first.leftOut.map(({ line }) => line),
    [4],
  );
  const second = await bring({ format: 'toggl', ...berlin }, old);
  assert.deepEqual([second.counts.new, second.counts.duplicate], [0, 2]);
  const all = await entries();
  assert.deepEqual(all.map(project), [null, 'Lawn of Beech']);
  assert.deepEqual(
    all.map(({ tags }) => tags),
    [[], ['out', 'green']],
  );
});

test('the preview: rows, first and last day, sum, longest, what would be new', async () => {
  await tracker.call('POST', '/api/clients', { name: 'beech' });
  await tracker.call('POST', '/api/projects', { name: 'Lawn' });
  const answer = await look(
    { ...berlin },
    'Client,Project,Description,Start date,Start time,End date,End time,Tags\n' +
      'Beech,Lawn,Mow,2026-05-31,23:30:00,2026-06-01,00:30:00,out\n' +
      'Beech,Hedge,Cut,2026-06-02,08:00:00,2026-06-03,10:00:00,"out, up"\n' +
      'Ash,Hedge,Cut,2026-06-04,08:00:00,2026-06-04,09:00:00,\n',
  );
  assert.equal(answer.counts.new, 3);
  assert.deepEqual(answer.period, { first: '2026-05-31', last: '2026-06-04' });
  assert.equal(answer.seconds, 28 * 3600);
  assert.deepEqual([answer.longest?.line, answer.longest?.seconds], [3, 26 * 3600]);
  assert.equal(answer.overDay, 1);
  assert.deepEqual(answer.added, {
    projects: [
      { name: 'Hedge', client: 'Ash' },
      { name: 'Hedge', client: 'Beech' },
    ],
    clients: ['Ash'],
    tags: ['out', 'up'],
    adopted: [{ name: 'Lawn', client: 'Beech' }],
    counts: { projects: 2, clients: 1, tags: 2, adopted: 1 },
  });
  assert.equal(answer.reading.format, 'toggl');
  assert.ok(answer.reading.guessed.includes('format'));
  assert.equal((await entries()).length, 0);
});

test('the order of day and month is a guess where all could be either, and can be said', async () => {
  const csv =
    'Project,Description,Start Date,Start Time,End Date,End Time,Duration (h)\n' +
    'P,a,03/06/2026,09:00:00,03/06/2026,10:00:00,01:00:00\n' +
    'P,b,04/06/2026,09:00:00,04/06/2026,10:00:00,01:00:00\n';
  const guessed = await look({ format: 'clockify', ...utc }, csv);
  assert.equal(guessed.reading.dateOrder, 'dmy');
  assert.ok(guessed.reading.guessed.includes('dateOrder'));
  assert.deepEqual(guessed.period, { first: '2026-06-03', last: '2026-06-04' });
  const again = `/api/imports/${guessed.importId}/preview`;
  const said = await tracker.call<ImportAnswer>('POST', again, { dateOrder: 'mdy', ...utc });
  assert.equal(said.status, 200, said.text);
  assert.deepEqual(said.body.period, { first: '2026-03-06', last: '2026-04-06' });
  assert.ok(!said.body.reading.guessed.includes('dateOrder'));
  const sure = await look({ ...utc }, csv.replaceAll('04/06', '24/06'));
  assert.deepEqual([sure.reading.dateOrder, sure.reading.guessed], ['dmy', ['format']]);
});

test('Jira’s seconds, hours as hours, sums left out', async () => {
  await bring(
    { format: 'tempo', ...utc },
    'Issue key,Summary,Time Spent,Started\nA-1,x,2700,2026-06-01 09:00\nA-2,y,1h 30m,2026-06-01 10:00\nA-3,z,1d,2026-06-02 09:00\n',
  );
  const tempo = await bring(
    { format: 'tempo', ...utc },
    'Issue Key,Issue summary,Hours,Work date\nB-1,x,2,2026-06-03 09:00\nB-2,y,0.5,2026-06-03 12:00\nTotal,,2.5,\n',
  );
  assert.deepEqual(await shown(), [
    '06-01 09:00 06-01 09:45 A-1 x',
    '06-01 10:00 06-01 11:30 A-2 y',
    '06-02 09:00 06-02 17:00 A-3 z',
    '06-03 09:00 06-03 11:00 B-1 x',
    '06-03 12:00 06-03 12:30 B-2 y',
  ]);
  assert.deepEqual(tempo.leftOut, [{ line: 4, reason: 'it is a sum of other lines' }]);
});

test('a project that was renamed at its source: new, update or leave', async () => {
  const file = (name: string) =>
    `Project,Description,Start date,Start time,End date,End time\n${name},a,2026-06-01,08:00:00,2026-06-01,09:00:00\n${name},b,2026-06-01,09:00:00,2026-06-01,10:00:00\n`;
  const form = { format: 'toggl', ...utc };
  await bring(form, file('Old'));
  const seen = await look(form, file('New'));
  assert.deepEqual([seen.counts.new, seen.counts.differing], [2, 2]);
  assert.deepEqual(
    seen.differing.map(({ line, before, project: now }) => [line, before, now]),
    [
      [2, 'Old', 'New'],
      [3, 'Old', 'New'],
    ],
  );
  const left = await bring({ ...form, differing: 'leave' }, file('New'));
  assert.deepEqual([left.counts.new, left.counts.updated], [0, 0]);
  assert.deepEqual((await entries()).map(project), ['Old', 'Old']);

  const updated = await bring({ ...form, differing: 'update' }, file('New'));
  assert.deepEqual([updated.counts.new, updated.counts.updated], [0, 2]);
  assert.deepEqual((await entries()).map(project), ['New', 'New']);
  assert.equal((await bring(form, file('New'))).counts.duplicate, 2, 'known from now on');
  const undone = await tracker.call('POST', `/api/imports/${updated.importId}/undo`);
  assert.deepEqual(undone.body, {
    entries: 0,
    restored: 2,
    removed: { projects: 1, clients: 0, tags: 0 },
  });
  assert.deepEqual((await entries()).map(project), ['Old', 'Old']);
  assert.equal((await bring(form, file('Old'))).counts.duplicate, 2);
  assert.equal((await bring({ ...form, differing: 'new' }, file('New'))).counts.new, 2);
});

test('clients: two of a name are two projects; one without a client gets the one that is named', async () => {
  const header = 'Client,Project,Description,Start date,Start time,End date,End time\n';
  const row = (client: string, name: string, hour: number) =>
    `${client},${name},x,2026-06-01,${hour}:00:00,2026-06-01,${hour}:30:00\n`;
  const form = { format: 'toggl', ...utc };
  await bring(form, header + row('', 'Shop', 10));
  const adopted = await bring(form, header + row('Ash', 'shop', 11));
  assert.deepEqual(adopted.added.counts, { projects: 0, clients: 1, tags: 0, adopted: 1 });
  await bring(form, header + row('Beech', 'Shop', 12) + row('ASH', 'Shop', 13) + row('', 'X', 14));
  assert.deepEqual((await entries()).map(project), [
    ...['Shop of Ash', 'Shop of Ash', 'Shop of Beech', 'Shop of Ash', 'X'],
  ]);
  // Without a client, the only one of that name is meant; of several, one of its own.
  await bring(form, header + row('', 'Shop', 15));
  assert.deepEqual((await entries()).map(project).slice(-1), ['Shop']);
});

test('the hour that comes twice, over midnight, hours without a time', async () => {
  const toggl = 'Description,Start date,Start time,End date,End time,Duration\n';
  await bring(
    { format: 'toggl', ...berlin },
    `${toggl}a,2026-10-25,02:40:00,2026-10-25,02:20:00,00:40:00\nb,2026-10-25,02:10:00,2026-10-25,02:20:00,01:10:00\nc,2026-10-25,02:10:00,2026-10-25,02:20:00,00:10:00\n`,
  );
  assert.deepEqual((await shown()).sort(), [
    '10-25 00:10 10-25 00:20 c',
    '10-25 00:10 10-25 01:20 b',
    '10-25 00:40 10-25 01:20 a',
  ]);
  tracker.clear();

  const kimai =
    'Date,From,To,Duration,Customer,Project,Activity,Description,Billable,Tags\n2026-06-01,23:15,01:00,1:45,Ash,Shop,Dev,Late,1,\n';
  const seen = await bring({ ...utc }, kimai);
  assert.equal(seen.reading.format, 'kimai');
  assert.deepEqual(await shown(), ['06-01 23:15 06-02 01:00 Late']);
  tracker.clear();

  const harvest =
    'Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?\n2026-06-01,Ash,Shop,,Design,One,"1,25","1,25",Yes\n2026-06-02,Ash,Shop,,Dev,Three,1,1,No\n2026-06-01,Ash,Shop,,Dev,Two,"0,5","0,5",No\n';
  const placed = await bring({ ...berlin }, harvest);
  assert.deepEqual([placed.reading.format, placed.placed], ['harvest', 3]);
  assert.deepEqual(await shown(), [
    '06-01 07:00 06-01 08:15 One',
    '06-01 08:15 06-01 08:45 Two',
    '06-02 07:00 06-02 08:00 Three',
  ]);
  const [first] = await entries();
  assert.equal(first?.placed, true);
  // More of a day, and another beginning of the workday: those that are there are known.
  const settings = (await tracker.call('GET', '/api/settings')).body as Record<string, unknown>;
  await tracker.call('PUT', '/api/settings', { ...settings, workdayStart: 8 * 60 });
  const more = await bring({ ...berlin }, `${harvest}2026-06-03,Ash,Shop,,Dev,Four,1,1,No\n`);
  assert.deepEqual([more.counts.new, more.counts.duplicate], [1, 3]);
  assert.equal((await shown()).at(-1), '06-03 06:00 06-03 07:00 Four');
  const moved = await tracker.call<Entry>('PATCH', `/api/entries/${first?.id}`, {
    start: '2026-06-01T06:00:00Z',
  });
  assert.equal(moved.body.placed, false, 'it has a time of its own now');
});

test('what spreadsheets make of a file: sep=, languages, encodings, cut cells, numbers', async () => {
  const mapping = { start: 'Start', end: 'End', description: 'Text', billable: 'Bill' };
  const form = { format: 'generic', mapping, ...utc };
  const cases: [string | Uint8Array, Form?][] = [
    ['sep=;\nStart;End;Text;Bill\n1.6.2026 09:00;1.6.2026 10:00;Süß;JA\n'],
    [
      Buffer.from(
        'Start;End;Text;Bill\r\n01.06.2026 09:00;01.06.2026 10:00;S\xfc\xdf;WAHR\r\n',
        'latin1',
      ),
    ],
    [
      Buffer.from(
        '\ufeffStart\tEnd\tText\tBill\n2026-06-01 09:00\t2026-06-01 10:00\tSüß\tx\n',
        'utf16le',
      ),
    ],
    ['Start,End,Text,Bill,Rest,\n46174.375,46174.4166667,Su\u0308ß,sí\n'],
    ['\n\nSTART|end|Text |Bill\n1 Jun 2026 9:00 AM|"Jun 1, 2026 10:00 AM"|Süß|OUI\n|||\n'],
  ];
  for (const [content] of cases) {
    tracker.clear();
    await bring(form, content);
    const [entry] = await entries();
    assert.equal(entry?.start, '2026-06-01T09:00:00.000Z');
    assert.equal(entry?.end, '2026-06-01T10:00:00.000Z');
    assert.deepEqual([entry?.description, entry?.billable], ['Süß', true]);
  }
  const latin = await look(form, cases[1]?.[0] ?? '');
  assert.equal(latin.reading.encoding, 'windows-1252');
  assert.ok(latin.reading.guessed.includes('encoding'));
  const guessed = await look({ ...utc }, 'Datum;Von;Bis;Tätigkeit\n1.6.2026;9:00;10:00;x\n');
  assert.deepEqual(guessed.reading.mapping, {
    ...{ date: 'Datum', start: 'Von', end: 'Bis', description: 'Tätigkeit' },
  });
  assert.ok(guessed.reading.guessed.includes('mapping'));
});

test('what is no such file says what it is, and what to do', async () => {
  const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.from('xl/workbook.xml')]);
  const cases: [string | Uint8Array, RegExp][] = [
    [Buffer.concat([zip, Buffer.alloc(1000)]), /workbook .*CSV UTF-8/],
    [Buffer.from('d0cf11e0a1b11ae10000', 'hex'), /old workbook/],
    ['[{"description":"x"}]', /This is JSON/],
    ['{ "entries": [] }', /This is JSON/],
    ['<!DOCTYPE html><html></html>', /web page.*log in/],
    ['%PDF-1.7', /PDF/],
    ['Project,Client,Duration\nShop,Ash,1:00:00\n', /summary.*detailed report/],
    ['hello', /not a table/],
    ['\n\n', /empty/],
    [','.repeat(200_000), /not CSV: in line 1/],
    [`${Array.from({ length: 600 }, (_, index) => `c${index}`).join()}\n`, /over 500 cells/],
    ['Description,"Start date\n', /not CSV: in line 1, column 2, .*never closed/],
  ];
  for (const [content, detail] of cases) {
    for (const path of ['/api/imports/preview', '/api/imports'] as const) {
      const answer = await upload<{ detail: string }>(tracker, path, {}, content);
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.body.detail, detail);
    }
  }
  assert.equal(tracker.postgres.sql('SELECT count(*) FROM entries'), '0');
});

test('a table whose columns say nothing is kept, and read as one is told', async () => {
  const file = 'Alpha,Beta\n2026-06-01 09:00,1:30\n';
  type Refused = { importId: string; columns: string[] };
  const refused = await upload<Refused>(tracker, '/api/imports/preview', utc, file);
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.columns, ['Alpha', 'Beta']);
  const path = `/api/imports/${refused.body.importId}`;
  const options = { ...utc, format: 'generic', mapping: { start: 'Alpha', duration: 'Beta' } };
  const read = await tracker.call<ImportAnswer>('POST', `${path}/preview`, options);
  assert.deepEqual([read.status, read.body.seconds], [200, 5400], read.text);
  const { body } = await tracker.call<{ status: string; options: object }>('GET', path);
  assert.equal(body.status, 'previewed');
  assert.deepEqual(body.options, { ...options, acceptGood: false, differing: 'new' });
});

test('the good lines alone, if that is wanted; the bad ones come back as a file', async () => {
  const csv =
    'Description,Start date,Start time,End date,End time\n' +
    'A,2026-06-01,09:00:00,2026-06-01,10:00:00\n' +
    '"B, b",2026-06-01,11:00:00,2026-06-01,10:00:00\n' +
    '5" C,2026-06-01,12:00:00,2026-06-01,13:00:00\n' +
    'D,2026-06-01,14:00:00,9999-06-01,15:00:00\n' +
    'E,2026-06-01,16:00:00,2026-06-01,17:00:00\n';
  const form = { format: 'toggl', ...utc };
  const seen = await look(form, csv);
  assert.deepEqual([seen.counts.new, seen.counts.error], [2, 3]);
  for (const { reason, line } of seen.errors) assert.ok(reason && line);
  const refused = await upload<{ errors: { path: string }[] }>(tracker, '/api/imports', form, csv);
  assert.equal(refused.status, 422);
  assert.deepEqual(
    refused.body.errors.map(({ path }) => path),
    ['body/file/line 3/End time', 'body/file/line 4/Description', 'body/file/line 5/Start date'],
  );
  assert.equal((await entries()).length, 0);

  const good = await bring({ ...form, acceptGood: true }, csv);
  assert.deepEqual([good.counts.new, good.counts.error], [2, 3]);
  assert.equal((await entries()).length, 2);
  for (const id of [good.importId, seen.importId]) {
    const rejected = await tracker.call('GET', `/api/imports/${id}/rejected.csv`);
    assert.equal(rejected.status, 200, rejected.text);
    const lines = rejected.text.trimEnd().split('\r\n');
    assert.equal(lines.length, 4);
    assert.match(lines[0] ?? '', /^\ufeffDescription,.*,Import line,Import error$/);
    assert.match(
      lines[1] ?? '',
      /^"B, b",2026-06-01,11:00:00,.*,3,"?End time "*10:00:00"*: it ends/,
    );
  }
  const rejected = await tracker.call('GET', `/api/imports/${good.importId}/rejected.csv`);
  const mended = rejected.text
    .replace('2026-06-01,11:00:00', '2026-06-01,09:00:00')
    .replace('5" C', 'C')
    .replace('9999', '2026');
  const rest = await bring(form, mended);
  assert.deepEqual([rest.counts.new, rest.counts.error], [3, 0]);
});

test('what can be imported can be edited, and text is one way of writing', async () => {
  const emoji = '🕑'.repeat(3000);
  const csv = `Project,Client,Description,Start date,Start time,End date,End time,Tags
"Two
lines","A\tB",${emoji},2026-06-01,09:00:00,2026-06-01,10:00:00,"a\tb, #x, =1+1, a b"
Cafe\u0301,,x,2026-06-01,10:00:00,2026-06-01,11:00:00,
Caf\u00e9,,y,2026-06-01,11:00:00,2026-06-01,12:00:00,
`;
  await bring({ format: 'toggl', ...utc }, csv);
  const all = await entries();
  assert.deepEqual(all.map(project), ['Two lines of A B', 'Café', 'Café']);
  assert.deepEqual(all[0]?.tags, ['a b', '#x', '=1+1']);
  for (const { id, description, project: of, tags, start, end } of all) {
    const same = { description, project: of?.id ?? null, tags, start, end };
    const saved = await tracker.call('PATCH', `/api/entries/${id}`, same);
    assert.equal(saved.status, 200, saved.text);
    const named = await tracker.call('PATCH', `/api/projects/${of?.id}`, { name: of?.name });
    assert.equal(named.status, 200, named.text);
  }
  // And what is exported comes back.
  const own = (await tracker.call('GET', '/api/export.csv')).text;
  tracker.clear();
  assert.equal((await bring({ format: 'timetracker' }, own)).counts.new, 3);
  assert.equal((await entries())[0]?.description, emoji);
});

for (const version of ['1', '2', '2-semicolon']) {
  test(`the export ${version}.csv is read, in an empty tracker and where it is known`, async () => {
    const file = readFileSync(join(import.meta.dirname, '..', 'exports', `${version}.csv`));
    const { counts, reading } = await bring({}, file);
    assert.deepEqual([reading.format, counts.error, counts.duplicate], ['timetracker', 0, 0]);
    const all = await entries();
    assert.equal(all.length, counts.new);
    const texts = ['=HYPERLINK("http://x","y")', "''=1", ";'=1+1", ';=1+1', '\t=1', '🕑 Zeit ß İ'];
    for (const text of [...texts, 'line one\r\nline two', ' space around ', 'a,b;c\td']) {
      assert.ok(
        all.some(({ description }) => description === text),
        JSON.stringify(text),
      );
    }
    const names = new Set(all.map(project));
    assert.ok(names.has(version === '1' ? '=cmd()' : '=cmd() of =Ash; +Söhne'), [...names].join());
    assert.equal((await bring({}, file)).counts.duplicate, counts.new);
    const now = (await tracker.call('GET', '/api/export.csv')).text;
    assert.equal((await bring({}, now)).counts.duplicate, counts.new);
  });
}

test('only times that can be shown come in, by whatever column', async () => {
  const header = 'Description,Start date,Start time,End date,End time,Duration\n';
  const rows = [
    'a,0001-01-01,00:00:00,9999-12-31,00:00:00,',
    'b,2026-06-01,00:00:00,9999-12-31,00:00:00,',
    'c,2026-06-01,00:00:00,,,99999999999999999999',
    'd,2026-06-01,00:00:00,,,99999999:00:00',
    'e,1969-12-31,00:00:00,1969-12-31,01:00:00,',
  ];
  const seen = await look({ format: 'toggl', ...utc }, `${header}${rows.join('\n')}\n`);
  assert.deepEqual([seen.counts.new, seen.counts.error], [0, 5]);
});

test('another file under the same key is another import: 422, and nothing is lost unsaid', async () => {
  const header = 'Description,Start date,Start time,Stop date,Stop time\n';
  const file = (text: string) => `${header}${text},2026-06-01,09:00:00,2026-06-01,10:00:00\n`;
  const form = { format: 'toggl', ...utc };
  const key = { 'idempotency-key': 'same-key-12345' };
  const send = (text: string) =>
    upload<ImportAnswer>(tracker, '/api/imports', form, file(text), key);
  const first = await send('one');
  assert.equal(first.status, 200);
  assert.equal((await send('two')).status, 422);
  const again = await send('one');
  assert.deepEqual([again.status, again.body], [200, first.body]);
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.deepEqual(await shown(), ['06-01 09:00 06-01 10:00 one']);
  assert.equal(tracker.postgres.sql('SELECT count(*) FROM import_jobs'), '1');
});

test('a preview is started, can be left and come back to, is listed, and undone as a whole', async () => {
  const lines = ['Client,Project,Description,Start date,Start time,Stop date,Stop time,Tags'];
  for (let row = 0; row < 3_000; row++) {
    const day = new Date(Date.UTC(2020, 0, 1 + row)).toISOString().slice(0, 10);
    lines.push(`Ash,P${row % 3},r${row},${day},09:00:00,${day},10:00:00,t${row % 2}`);
  }
  const mine = await tracker.call<{ id: string }>('POST', '/api/projects', { name: 'P0' });
  const kept = await tracker.enter('2026-06-01T09:00:00Z', '2026-06-01T10:00:00Z', {
    tags: ['t0'],
    project: mine.body.id,
  });
  const { importId, counts } = await look({ ...utc }, lines.join('\n'));
  assert.equal(counts.new, 3_000);
  const started = await tracker.call('POST', `/api/imports/${importId}/start`, utc);
  assert.equal(started.status, 202, started.text);
  assert.equal((await tracker.call('POST', `/api/imports/${importId}/start`, utc)).status, 409);
  type Progress = { status: string; done: number; result: ImportAnswer | null };
  let progress: Progress;
  do {
    progress = (await tracker.call<Progress>('GET', `/api/imports/${importId}`)).body;
  } while (['waiting', 'running'].includes(progress.status));
  assert.equal(progress.status, 'done');
  assert.deepEqual([progress.done, progress.result?.counts.new], [3_000, 3_000]);
  assert.equal((await tracker.call('GET', `/api/imports/${importId}/rejected.csv`)).status, 404);

  type List = { items: { id: string; status: string; entries: number; fileName: string }[] };
  const list = async () => (await tracker.call<List>('GET', '/api/imports')).body.items;
  const [listed] = await list();
  assert.deepEqual(
    [listed?.id, listed?.status, listed?.entries, listed?.fileName],
    [importId, 'done', 3_000, 'hours.csv'],
  );
  const [changed] = await entries();
  await tracker.call('PATCH', `/api/entries/${changed?.id}`, { description: 'changed' });
  const undo = () => tracker.call('POST', `/api/imports/${importId}/undo`);
  const undone = await undo();
  assert.equal(undone.status, 200, undone.text);
  assert.deepEqual(undone.body, {
    entries: 3_000,
    restored: 0,
    removed: { projects: 2, clients: 1, tags: 1 },
  });
  assert.equal((await undo()).status, 409);
  assert.deepEqual((await list())[0]?.status, 'undone');
  const left = await entries();
  assert.deepEqual(
    left.map(({ id }) => id),
    [kept.id],
  );
  assert.equal(left[0]?.project?.client, null, 'a project has no client again');
  assert.equal((await bring({ ...utc }, lines.join('\n'))).counts.new, 3_000, 'and again');
});

test('imports sent at once take turns; what they make is there for others at once', async () => {
  const file = (name: string) => {
    const lines = ['Project,Description,Start date,Start time,Stop date,Stop time,Tags'];
    for (let row = 0; row < 4_000; row++) {
      const day = new Date(Date.UTC(2010, 0, 1 + row)).toISOString().slice(0, 10);
      lines.push(`${name},${name} ${row},${day},09:00:00,${day},10:00:00,${name}`);
    }
    return lines.join('\n');
  };
  const names = ['one', 'two', 'three', 'four', 'five'];
  const all = names.map((name) => upload(tracker, '/api/imports', utc, file(name)));
  let slowest = 0;
  let over = false;
  const done = Promise.all(all).finally(() => {
    over = true;
  });
  while (!over) {
    const since = performance.now();
    const answers = [
      await tracker.call('POST', '/api/timer/start', { tags: names }),
      await tracker.call('GET', '/api/projects'),
      ...(await Promise.all(names.map((name) => tracker.call('POST', '/api/projects', { name })))),
    ];
    for (const { status, text } of answers) assert.ok(status < 500, text);
    slowest = Math.max(slowest, performance.now() - since);
  }
  for (const { status, text } of await done) assert.equal(status, 200, text);
  assert.ok(slowest < 3_000, `${slowest} ms`);
  const { body } = await tracker.call<{ items: { entries: number }[] }>('GET', '/api/imports');
  assert.deepEqual(
    body.items.map(({ entries: count }) => count),
    Array(5).fill(4_000),
  );
});

test('an import whose instance has ended is carried on, from its beginning', async () => {
  const { importId } = await look(
    { ...utc },
    'Project,Description,Start date,Start time,Stop date,Stop time\nP,x,2026-06-01,09:00:00,2026-06-01,10:00:00\n',
  );
  tracker.postgres.sql(
    `UPDATE import_jobs SET status = 'running', tries = 1, queued_at = now(), options = '{"timezone": "UTC"}'`,
  );
  const giveUpAt = Date.now() + 10_000;
  const status = async () =>
    (await tracker.call<{ status: string }>('GET', `/api/imports/${importId}`)).body.status;
  while ((await status()) !== 'done') assert.ok(Date.now() < giveUpAt, await status());
  assert.deepEqual(await shown(), ['06-01 09:00 06-01 10:00 x']);
});

test('a hostile file takes no time: long values, and lines without end', async () => {
  const header = 'Description,Start date,Start time,End date,End time,Duration,Billable\n';
  const long = ['1'.repeat(90_000), ' '.repeat(90_000), '9,'.repeat(40_000), '"'.repeat(89_999)];
  const rows = long.flatMap((value) => [
    `a,"${value}!",09:00:00,2026-06-01,10:00:00,,`,
    `b,2026-06-01,"${value}!",2026-06-01,10:00:00,,`,
    `c,2026-06-01,09:00:00,,,"${value}!",`,
    `d,2026-06-01,09:00:00,2026-06-01,10:00:00,,"${value}!"`,
  ]);
  const started = performance.now();
  const seen = await look({ format: 'toggl', ...utc }, header + rows.join('\n'));
  assert.equal(seen.counts.new, 0);
  assert.ok(seen.counts.error >= 12);
  const rejected = await tracker.call('GET', `/api/imports/${seen.importId}/rejected.csv`);
  assert.equal(rejected.status, 200);
  for (const content of ['x'.repeat(99_000), `${'a,'.repeat(49_000)}\n`, '\n'.repeat(3_000_000)]) {
    const answer = await upload(tracker, '/api/imports/preview', {}, content);
    assert.equal(answer.status, 422, answer.text);
  }
  const took = performance.now() - started;
  assert.ok(took < 15_000, `${took} ms`);
});
