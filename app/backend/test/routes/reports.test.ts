import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { search, startTracker, type Tracker } from '../helpers/tracker.js';

let tracker: Tracker;
before(async () => {
  tracker = await startTracker();
});
after(() => tracker?.close());
beforeEach(() => tracker.clear());

interface Totals {
  seconds: number;
  billableSeconds: number;
  entries: number;
}
interface Report {
  total: Totals;
  groups: (Totals & { key: string | null; name: string; color?: string })[];
}

async function report(query: Record<string, string | number>): Promise<Report> {
  const answer = await tracker.call<Report>('GET', `/api/reports/summary?${search(query)}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}
/** Hours by key. */
async function hours(query: Record<string, string | number>) {
  const { groups } = await report(query);
  return Object.fromEntries(groups.map(({ key, seconds }) => [key, seconds / 3600]));
}
/** The instant at which a day begins in Berlin, in its winter or summer. */
const winter = (day: string) => `${day}T00:00:00+01:00`;
const summer = (day: string) => `${day}T00:00:00+02:00`;
const berlin = { timezone: 'Europe/Berlin' };

test('an entry over midnight counts on both days, in the zone that is asked for', async () => {
  await tracker.enter('2026-10-05T20:00:00Z', '2026-10-06T01:00:00Z');
  const range = { from: summer('2026-10-05'), to: summer('2026-10-08'), groupBy: 'day' };
  assert.deepEqual(await hours({ ...range, ...berlin }), { '2026-10-05': 2, '2026-10-06': 3 });
  assert.deepEqual(await hours({ ...range, timezone: 'UTC' }), {
    '2026-10-05': 4,
    '2026-10-06': 1,
  });
  assert.deepEqual(await hours({ ...range, timezone: 'Asia/Tokyo' }), { '2026-10-06': 5 });
  const { total, groups } = await report({ ...range, ...berlin });
  assert.deepEqual(total, { seconds: 5 * 3600, billableSeconds: 0, entries: 1 });
  assert.deepEqual(
    groups.map(({ entries }) => entries),
    [1, 1],
  );
});

test('over several days, each has its 24 hours', async () => {
  await tracker.enter(summer('2026-10-05'), '2026-10-08T06:00:00+02:00');
  const range = { from: summer('2026-10-01'), to: winter('2026-11-01'), groupBy: 'day' };
  assert.deepEqual(await hours({ ...range, ...berlin }), {
    '2026-10-05': 24,
    '2026-10-06': 24,
    '2026-10-07': 24,
    '2026-10-08': 6,
  });
});

test('25 October 2026 in Berlin has 25 hours, 29 March 2026 has 23', async () => {
  await tracker.enter(summer('2026-10-24'), winter('2026-10-27'));
  const autumn = { from: summer('2026-10-01'), to: winter('2026-11-01'), groupBy: 'day' };
  assert.deepEqual(await hours({ ...autumn, ...berlin }), {
    '2026-10-24': 24,
    '2026-10-25': 25,
    '2026-10-26': 24,
  });
  await tracker.enter(winter('2026-03-28'), summer('2026-03-31'));
  const spring = { from: winter('2026-03-01'), to: summer('2026-04-01'), groupBy: 'day' };
  assert.deepEqual(await hours({ ...spring, ...berlin }), {
    '2026-03-28': 24,
    '2026-03-29': 23,
    '2026-03-30': 24,
  });
});

test('the night of the change: 01:30 to 03:30 lasts three hours in autumn, one in spring', async () => {
  await tracker.enter('2026-10-25T01:30:00+02:00', '2026-10-25T03:30:00+01:00');
  await tracker.enter('2026-03-29T01:30:00+01:00', '2026-03-29T03:30:00+02:00');
  const year = { from: winter('2026-01-01'), to: winter('2027-01-01'), groupBy: 'day' };
  assert.deepEqual(await hours({ ...year, ...berlin }), { '2026-03-29': 1, '2026-10-25': 3 });
});

test('a zone whose change skips midnight: 6 September 2026 in Santiago has 23 hours', async () => {
  await tracker.enter('2026-09-05T00:00:00-04:00', '2026-09-08T00:00:00-03:00');
  const range = {
    from: '2026-09-01T00:00:00-04:00',
    to: '2026-10-01T00:00:00-03:00',
    groupBy: 'day',
    timezone: 'America/Santiago',
  };
  assert.deepEqual(await hours(range), { '2026-09-05': 24, '2026-09-06': 23, '2026-09-07': 24 });
});

test('a day on which the clock goes back over midnight begins with the first: the Azores, 25 October 2026', async () => {
  await tracker.enter('2026-10-24T23:00:00Z', '2026-10-25T03:00:00Z');
  const range = { groupBy: 'day', timezone: 'Atlantic/Azores' };
  const october = { ...range, from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00-01:00' };
  assert.deepEqual(await hours(october), { '2026-10-24': 1, '2026-10-25': 3 });
  const from = '2026-10-25T00:00:00+00:00';
  const day = { ...range, from, to: '2026-10-26T00:00:00-01:00' };
  assert.deepEqual(await hours(day), { '2026-10-25': 3 });
  await tracker.enter(from, day.to);
  assert.deepEqual(await hours(day), { '2026-10-25': 3 + 25 });
});

test('a day that a zone left out is none: Samoa, 30 December 2011', async () => {
  await tracker.enter('2011-12-29T12:00:00-10:00', '2011-12-31T12:00:00+14:00');
  const range = { from: '2011-12-01T00:00:00-10:00', to: '2012-01-01T00:00:00+14:00' };
  assert.deepEqual(await hours({ ...range, groupBy: 'day', timezone: 'Pacific/Apia' }), {
    '2011-12-29': 12,
    '2011-12-31': 12,
  });
});

test('weeks begin on the day that is asked for, also over the change', async () => {
  await tracker.enter('2026-10-24T10:00:00+02:00', '2026-10-24T12:00:00+02:00', { tags: ['sat'] });
  await tracker.enter('2026-10-25T10:00:00+01:00', '2026-10-25T11:00:00+01:00', { tags: ['sun'] });
  await tracker.enter('2026-10-26T10:00:00+01:00', '2026-10-26T14:00:00+01:00', { tags: ['mon'] });
  const range = {
    from: summer('2026-10-01'),
    to: winter('2026-11-01'),
    groupBy: 'week',
    ...berlin,
  };
  assert.deepEqual(await hours({ ...range, weekStart: 1 }), { '2026-10-19': 3, '2026-10-26': 4 });
  assert.deepEqual(await hours({ ...range, weekStart: 0 }), { '2026-10-18': 2, '2026-10-25': 5 });
  assert.deepEqual(await hours({ ...range, weekStart: 6 }), { '2026-10-24': 7 });
});

test('a week that began before the period is cut at the period', async () => {
  await tracker.enter(summer('2026-09-30'), summer('2026-10-02'));
  const range = { from: summer('2026-10-01'), to: winter('2026-11-01'), ...berlin };
  assert.deepEqual(await hours({ ...range, groupBy: 'week', weekStart: 1 }), { '2026-09-28': 24 });
  assert.deepEqual(await hours({ ...range, groupBy: 'month' }), { '2026-10-01': 24 });
  assert.equal((await report({ ...range, groupBy: 'project' })).total.seconds, 24 * 3600);
});

test('months over new year and the change', async () => {
  await tracker.enter(summer('2026-10-01'), winter('2027-02-01'));
  const range = { from: winter('2026-01-01'), to: winter('2028-01-01'), groupBy: 'month' };
  assert.deepEqual(await hours({ ...range, ...berlin }), {
    '2026-10-01': 31 * 24 + 1,
    '2026-11-01': 30 * 24,
    '2026-12-01': 31 * 24,
    '2027-01-01': 31 * 24,
  });
});

test('by project and by tag; an entry with two tags counts for each, once in the total', async () => {
  const { body: site } = await tracker.call<{ id: string }>('POST', '/api/projects', {
    name: 'Site',
    color: '#102030',
  });
  const range = { from: summer('2026-10-01'), to: winter('2026-11-01'), ...berlin };
  await tracker.enter('2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', {
    project: site.id,
    tags: ['a', 'b'],
    billable: true,
  });
  await tracker.enter('2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z', { tags: ['a'] });
  await tracker.enter('2026-10-07T08:00:00Z', '2026-10-07T08:30:00Z');
  const byProject = await report({ ...range, groupBy: 'project' });
  const hour = { seconds: 3600, billableSeconds: 0, entries: 1 };
  assert.deepEqual(byProject, {
    total: { seconds: 12_600, billableSeconds: 7200, entries: 3 },
    groups: [
      {
        key: site.id,
        name: 'Site',
        color: '#102030',
        seconds: 7200,
        billableSeconds: 7200,
        entries: 1,
      },
      { key: null, name: '', seconds: 5400, billableSeconds: 0, entries: 2 },
    ],
  });
  const byTag = await report({ ...range, groupBy: 'tag' });
  assert.deepEqual(byTag.total, byProject.total);
  assert.deepEqual(byTag.groups, [
    { key: 'a', name: 'a', seconds: 10_800, billableSeconds: 7200, entries: 2 },
    { key: 'b', name: 'b', seconds: 7200, billableSeconds: 7200, entries: 1 },
    { key: null, name: '', ...hour, seconds: 1800 },
  ]);
  assert.equal((await report({ ...range, tag: 'b' })).total.seconds, 7200);
  assert.equal((await report({ ...range, billable: 'false' })).total.seconds, 5400);
});

test('rounding is of each entry as a whole; over midnight each day has its share', async () => {
  await tracker.enter('2026-10-05T21:50:00Z', '2026-10-05T22:10:00Z', { billable: true });
  const range = { from: summer('2026-10-01'), to: winter('2026-11-01'), groupBy: 'day', ...berlin };
  const minutes = async (rounding: string, roundingMinutes: number) => {
    const { total, groups } = await report({ ...range, rounding, roundingMinutes });
    assert.equal(total.billableSeconds, total.seconds);
    return [total.seconds / 60, ...groups.map(({ seconds }) => seconds / 60)];
  };
  assert.deepEqual(await minutes('none', 15), [20, 10, 10]);
  assert.deepEqual(await minutes('nearest', 15), [15, 7.5, 7.5]);
  assert.deepEqual(await minutes('up', 15), [30, 15, 15]);
  assert.deepEqual(await minutes('down', 15), [15, 7.5, 7.5]);
  assert.deepEqual(await minutes('up', 20), [20, 10, 10]);
  assert.deepEqual(await minutes('down', 30), [0, 0, 0]);
});

test('of an entry that goes over the period on both sides, its share of the rounded whole counts', async () => {
  await tracker.enter(summer('2026-10-05'), '2026-10-08T00:10:00+02:00', { tags: ['a', 'b'] });
  const range = { from: summer('2026-10-06'), to: summer('2026-10-07'), ...berlin };
  const rounding = { rounding: 'up', roundingMinutes: 60 };
  const share = Math.round((24 * 3600 * 73 * 6) / (72 * 6 + 1));
  for (const groupBy of ['day', 'week', 'month', 'project', 'tag']) {
    const { total, groups } = await report({ ...range, groupBy, ...rounding });
    const each = { seconds: share, billableSeconds: 0, entries: 1 };
    assert.deepEqual(total, each, groupBy);
    assert.equal(groups.length, groupBy === 'tag' ? 2 : 1);
    for (const { seconds, entries } of groups) assert.deepEqual([seconds, entries], [share, 1]);
  }
});

test('zone, week start and rounding are those of the settings, unless given', async () => {
  const rounding = { mode: 'up', minutes: 60 };
  const settings = { timezone: 'Asia/Tokyo', weekStart: 0, rounding };
  await tracker.call('PUT', '/api/settings', settings);
  await tracker.enter('2026-10-04T15:00:00Z', '2026-10-04T15:10:00Z');
  const range = { from: '2026-10-01T00:00:00+09:00', to: '2026-11-01T00:00:00+09:00' };
  assert.deepEqual(await hours({ ...range, groupBy: 'day' }), { '2026-10-05': 1 });
  assert.deepEqual(await hours({ ...range, groupBy: 'week' }), { '2026-10-04': 1 });
  assert.deepEqual(await hours({ ...range, timezone: 'UTC' }), { '2026-10-04': 1 });
});

test('a running entry counts until now, entries of no length count as entries', async () => {
  await tracker.call('POST', '/api/timer/start', {});
  tracker.postgres.sql("UPDATE entries SET start_at = now() - interval '2 hours'");
  const now = Date.now();
  const range = {
    from: new Date(now - 86_400_000 * 2).toISOString(),
    to: new Date(now + 86_400_000).toISOString(),
    timezone: 'UTC',
  };
  const running = await report(range);
  assert.ok(Math.abs(running.total.seconds - 7200) < 10, String(running.total.seconds));
  const tomorrow = new Date(now + 86_400_000).toISOString();
  const later = new Date(now + 86_400_000 * 8).toISOString();
  assert.deepEqual(await report({ from: tomorrow, to: later }), {
    total: { seconds: 0, billableSeconds: 0, entries: 0 },
    groups: [],
  });
  await tracker.enter('2026-10-05T08:00:00Z', '2026-10-05T08:00:00Z');
  const none = await report({ from: summer('2026-10-05'), to: summer('2026-10-06'), ...berlin });
  assert.deepEqual(none.total, { seconds: 0, billableSeconds: 0, entries: 1 });
});

test('a period without entries is empty, one that makes no sense a problem', async () => {
  const range = { from: summer('2026-10-01'), to: winter('2026-11-01') };
  assert.deepEqual(await report(range), {
    total: { seconds: 0, billableSeconds: 0, entries: 0 },
    groups: [],
  });
  const cases = [
    [{ from: range.to, to: range.from }, 422],
    [{ from: range.from, to: '2099-01-01T00:00:00Z' }, 422],
    [{ ...range, timezone: 'Mars/Olympus' }, 422],
    [{ ...range, groupBy: 'hour' }, 400],
    [{ ...range, weekStart: 7 }, 400],
    [{ from: range.from }, 400],
  ] as const;
  for (const [query, status] of cases) {
    const answer = await tracker.call('GET', `/api/reports/summary?${search(query)}`);
    assert.equal(answer.status, status, answer.text);
  }
});

test('more hours than a 32-bit number of seconds can hold', async () => {
  for (let index = 0; index < 8; index++) {
    await tracker.enter('2000-01-01T00:00:00Z', '2030-01-01T00:00:00Z');
  }
  const range = { from: '2015-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z', timezone: 'UTC' };
  const { total } = await report({ ...range, groupBy: 'project' });
  assert.equal(total.seconds, 8 * 3653 * 86_400);
});

test('halves of a unit go up: entries, days and projects', async () => {
  const rounded = async (minutes: number, more: Record<string, string> = {}) => {
    const { total, groups } = await report({
      from: '2026-03-01T00:00:00Z',
      to: '2026-04-01T00:00:00Z',
      timezone: 'UTC',
      rounding: 'nearest',
      roundingMinutes: minutes,
      ...more,
    });
    return [total.seconds / 60, ...groups.map(({ seconds }) => seconds / 60)];
  };
  for (const [index, end] of ['09:07:30', '09:22:30', '09:37:30', '09:52:30'].entries()) {
    await tracker.enter(`2026-03-0${index + 1}T09:00:00Z`, `2026-03-0${index + 1}T${end}Z`);
  }
  assert.deepEqual(await rounded(15), [150, 15, 30, 45, 60]);
  tracker.clear();
  for (const [index, seconds] of [30, 90, 150, 210].entries()) {
    const start = Date.UTC(2026, 2, index + 1, 9);
    await tracker.enter(
      new Date(start).toISOString(),
      new Date(start + seconds * 1000).toISOString(),
    );
  }
  assert.deepEqual(await rounded(1), [10, 1, 2, 3, 4]);
});

test('what is rounded as a whole: each entry, a project’s day, or the project in the period', async () => {
  const { body } = await tracker.call<{ id: string }>('POST', '/api/projects', { name: 'Site' });
  const enter = (day: number, hour: number, minutes: number, project?: string) =>
    tracker.enter(
      new Date(Date.UTC(2026, 9, day, hour)).toISOString(),
      new Date(Date.UTC(2026, 9, day, hour, minutes)).toISOString(),
      { ...(project && { project }), tags: ['a', 'b'] },
    );
  await enter(5, 8, 10, body.id);
  await enter(5, 9, 10, body.id);
  await enter(5, 10, 5);
  await enter(6, 8, 10, body.id);
  const period = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z', timezone: 'UTC' };
  const minutes = async (groupBy: string, roundingPer: string) => {
    const query = { ...period, groupBy, rounding: 'up', roundingMinutes: 15, roundingPer };
    const { total, groups } = await report(query);
    assert.equal(total.entries, 4);
    return [total.seconds / 60, ...groups.map(({ seconds }) => seconds / 60)];
  };
  assert.deepEqual(await minutes('day', 'entry'), [60, 45, 15]);
  assert.deepEqual(await minutes('project', 'entry'), [60, 45, 15]);
  assert.deepEqual(await minutes('day', 'day'), [60, 45, 15]);
  assert.deepEqual(await minutes('week', 'day'), [60, 60]);
  assert.deepEqual(await minutes('tag', 'day'), [60, 60, 60]);
  assert.deepEqual(await minutes('project', 'day'), [60, 45, 15]);
  assert.deepEqual(await minutes('project', 'project'), [45, 30, 15]);
  assert.deepEqual(await minutes('day', 'project'), [45, 35, 10]);
});

test('twenty thousand entries of a century each: the report and the exports are there in seconds', async () => {
  tracker.postgres.sql(
    `INSERT INTO entries (id, start_at, end_at, source_ref)
     SELECT gen_random_uuid(), '1990-01-01'::timestamptz + i * interval '1 minute', '2089-12-31', i
     FROM generate_series(1, 20000) i`,
  );
  const started = performance.now();
  const period = { from: '2020-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z', timezone: 'UTC' };
  const { groups, total } = await report({ ...period, groupBy: 'day' });
  assert.equal(groups.length, 3653);
  assert.deepEqual([groups[7]?.seconds, groups[7]?.entries], [20_000 * 86_400, 20_000]);
  assert.equal(total.entries, 20_000);
  const week = await report({ ...period, groupBy: 'week', rounding: 'up', roundingPer: 'day' });
  assert.equal(week.groups[3]?.entries, 20_000);
  assert.ok(performance.now() - started < 4_000, `${performance.now() - started} ms`);
});
