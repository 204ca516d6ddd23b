import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thingBars, ticks, timeBars } from '../src/reports/series.ts';

const group = (key: string | null, seconds: number, name = key ?? '') => ({
  key,
  name,
  seconds,
  billableSeconds: 0,
  entries: 1,
});

test('days without an entry have a bar too', () => {
  const bars = timeBars(
    'day',
    [group('2026-11-02', 60)],
    { from: '2026-11-01', to: '2026-11-03' },
    1,
  );
  assert.deepEqual(
    bars.map(({ id, seconds }) => [id, seconds]),
    [
      ['2026-11-01', 0],
      ['2026-11-02', 60],
      ['2026-11-03', 0],
    ],
  );
});

test('a week at the edge stands for the days of the range alone', () => {
  const range = { from: '2026-11-04', to: '2026-11-17' };
  const bars = timeBars('week', [group('2026-11-02', 60), group('2026-11-16', 30)], range, 1);
  assert.deepEqual(
    bars.map((bar) => [bar.range?.from, bar.range?.to, bar.seconds]),
    [
      ['2026-11-04', '2026-11-08', 60],
      ['2026-11-09', '2026-11-15', 0],
      ['2026-11-16', '2026-11-17', 30],
    ],
  );
});

test('months go over the end of a year', () => {
  const range = { from: '2026-12-01', to: '2027-01-31' };
  const bars = timeBars('month', [group('2027-01-01', 60)], range, 1);
  assert.deepEqual(
    bars.map(({ id, seconds }) => [id, seconds]),
    [
      ['2026-12-01', 0],
      ['2027-01-01', 60],
    ],
  );
});

test('projects: the longest first, and a name for none', () => {
  const bars = thingBars([group('a', 1, 'A'), group(null, 5), group('b', 3, 'B')], 'No project');
  assert.deepEqual(
    bars.map(({ name }) => name),
    ['No project', 'B', 'A'],
  );
});

test('an axis has round hours and room for the highest bar', () => {
  for (const seconds of [0, 60, 3600, 5400, 6.7 * 3600, 24 * 3600, 173 * 3600, 4321 * 3600]) {
    const axis = ticks(seconds);
    assert.equal(axis[0], 0);
    assert.ok((axis.at(-1) ?? 0) >= seconds, `${seconds}: ${axis}`);
    assert.ok(axis.length >= 2 && axis.length <= 7, `${seconds}: ${axis.length}`);
  }
  assert.deepEqual(
    ticks(6.7 * 3600),
    [0, 2, 4, 6, 8].map((hours) => hours * 3600),
  );
});
