import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTimes, splitPoint } from '../src/time/times.ts';

const berlin = 'Europe/Berlin';
const read = (start: string, end: string, day = '2026-11-24', lastDay = '') =>
  readTimes({ day, start, end, lastDay }, berlin);

test('an end before the start is on the next day', () => {
  const night = read('22:00', '0130');
  assert.equal(night.start?.toISOString(), '2026-11-24T21:00:00.000Z');
  assert.equal(night.end?.toISOString(), '2026-11-25T00:30:00.000Z');
  assert.equal(night.nextDay, true);
  assert.equal(read('9', '17').nextDay, false);
});

test('a night over the change to summer time is an hour shorter', () => {
  const { start, end } = read('22:00', '06:00', '2026-03-28');
  assert.equal((Number(end) - Number(start)) / 3_600_000, 7);
});

test('an entry of several days ends on the day that is given', () => {
  const { end } = read('9:00', '9:00', '2026-11-24', '2026-11-26');
  assert.equal(end?.toISOString(), '2026-11-26T08:00:00.000Z');
  assert.match(read('9', '8', '2026-11-24', '2026-11-24').error ?? '', /after the start/);
});

test('what is wrong is said', () => {
  assert.match(read('nine', '10').error ?? '', /9:30/);
  assert.match(read('9', '10', '').error ?? '', /day/);
});

test('where to split', () => {
  const at = (text: string) =>
    splitPoint('2026-11-24T21:00:00Z', '2026-11-25T01:00:00Z', text, berlin)?.toISOString();
  assert.equal(at('23:00'), '2026-11-24T22:00:00.000Z');
  assert.equal(at('1:00'), '2026-11-25T00:00:00.000Z', 'after midnight');
  assert.equal(at('22:00'), undefined, 'the start itself');
  assert.equal(at('12:00'), undefined);
});
