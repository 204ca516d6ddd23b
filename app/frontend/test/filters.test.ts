import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  noFilters,
  periodOf,
  rangeOf,
  readFilters,
  shiftRange,
  writeFilters,
} from '../src/lib/filters.ts';

test('a view comes back from its address', () => {
  const view = {
    ...noFilters,
    from: '2026-11-01',
    to: '2026-11-30',
    q: 'a & b=c',
    tag: 'deep work',
    billable: 'true' as const,
    by: 'project' as const,
  };
  assert.deepEqual(readFilters(writeFilters(view)), view);
});

test('no filters leave no trace in the address', () => {
  assert.equal(writeFilters(noFilters), '');
  assert.deepEqual(readFilters(''), noFilters);
});

test('nonsense in an address is as if it were not there', () => {
  const search = '?from=2026-99-01&to=<script>&billable=maybe&by=planet&other=1';
  assert.deepEqual(readFilters(search), noFilters);
});

test('periods, with the week of the settings', () => {
  const now = '2026-11-24';
  assert.deepEqual(rangeOf('week', now, 1), { from: '2026-11-23', to: '2026-11-29' });
  assert.deepEqual(rangeOf('lastWeek', now, 0), { from: '2026-11-15', to: '2026-11-21' });
  assert.deepEqual(rangeOf('month', now, 1), { from: '2026-11-01', to: '2026-11-30' });
  assert.deepEqual(rangeOf('lastMonth', '2026-01-31', 1), { from: '2025-12-01', to: '2025-12-31' });
  assert.deepEqual(rangeOf('year', now, 1), { from: '2026-01-01', to: '2026-12-31' });
  assert.equal(periodOf({ from: '2026-11-23', to: '2026-11-29' }, now, 1), 'week');
  assert.equal(periodOf({ from: '2026-11-23', to: '2026-11-29' }, now, 0), undefined);
});

test('the period before and after', () => {
  assert.deepEqual(shiftRange('2026-03-01', '2026-03-31', -1), {
    from: '2026-02-01',
    to: '2026-02-28',
  });
  assert.deepEqual(shiftRange('2026-01-01', '2026-12-31', 1), {
    from: '2027-01-01',
    to: '2027-12-31',
  });
  assert.deepEqual(shiftRange('2026-10-19', '2026-10-25', 1), {
    from: '2026-10-26',
    to: '2026-11-01',
  });
});
