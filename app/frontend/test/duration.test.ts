import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, hours, spoken, wait } from '../src/lib/duration.ts';

test('a running clock', () => {
  assert.equal(clock(0), '0:00:00');
  assert.equal(clock(3725.9), '1:02:05');
  assert.equal(clock(360_000), '100:00:00');
  assert.equal(clock(-3), '0:00:00', "a server's clock ahead of ours");
});

test('hours and minutes', () => {
  assert.equal(hours(59), '0:00');
  assert.equal(hours(3725), '1:02');
});

test('spoken', () => {
  assert.equal(spoken(0), '0 minutes');
  assert.equal(spoken(60), '1 minute');
  assert.equal(spoken(3600), '1 hour');
  assert.equal(spoken(7320), '2 hours 2 minutes');
});

test('a wait is rounded up', () => {
  assert.equal(wait(0), '1 second');
  assert.equal(wait(59.2), '60 seconds');
  assert.equal(wait(61), '2 minutes');
});
