import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dayName,
  dayOf,
  daysBetween,
  instantOf,
  isDay,
  monthEnd,
  parseTime,
  plusDays,
  timeOf,
  weekStart,
} from '../src/lib/zone.ts';

const iso = (day: string, time: string, zone: string) => instantOf(day, time, zone).toISOString();

test('an instant is on different days in different zones', () => {
  const instant = '2026-03-01T03:30:00Z';
  assert.equal(dayOf(instant, 'Europe/Berlin'), '2026-03-01');
  assert.equal(timeOf(instant, 'Europe/Berlin'), '04:30');
  assert.equal(dayOf(instant, 'America/Los_Angeles'), '2026-02-28');
  assert.equal(timeOf(instant, 'Asia/Kolkata'), '09:00');
});

test('the change to summer time: 29 March 2026 in Berlin, 8 March in New York', () => {
  assert.equal(iso('2026-03-29', '01:59', 'Europe/Berlin'), '2026-03-29T00:59:00.000Z');
  assert.equal(iso('2026-03-29', '03:00', 'Europe/Berlin'), '2026-03-29T01:00:00.000Z');
  assert.equal(iso('2026-03-29', '02:30', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z', 'skipped');
  assert.equal(iso('2026-03-08', '03:00', 'America/New_York'), '2026-03-08T07:00:00.000Z');
  const day = (n: string) => instantOf(n, '00:00', 'Europe/Berlin').getTime();
  assert.equal((day('2026-03-30') - day('2026-03-29')) / 3_600_000, 23);
});

test('the change from summer time: 25 October 2026 in Berlin', () => {
  assert.equal(iso('2026-10-25', '02:30', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z', 'first');
  assert.equal(timeOf('2026-10-25T00:30:00Z', 'Europe/Berlin'), '02:30');
  assert.equal(timeOf('2026-10-25T01:30:00Z', 'Europe/Berlin'), '02:30');
  const day = (n: string) => instantOf(n, '00:00', 'Europe/Berlin').getTime();
  assert.equal((day('2026-10-26') - day('2026-10-25')) / 3_600_000, 25);
});

test('days are counted without regard to zones', () => {
  assert.equal(plusDays('2026-12-31', 1), '2027-01-01');
  assert.equal(monthEnd('2028-02-11'), '2028-02-29');
  assert.equal(daysBetween('2026-03-28', '2026-03-30'), 2);
  assert.equal(weekStart('2026-11-24', 1), '2026-11-23');
  assert.equal(weekStart('2026-11-22', 1), '2026-11-16');
  assert.equal(weekStart('2026-11-24', 0), '2026-11-22');
  assert.equal(weekStart('2026-11-24', 6), '2026-11-21');
});

test('what is a day', () => {
  assert.ok(isDay('2026-02-28'));
  for (const text of ['2026-13-01', '2026-1-1', 'today', '']) assert.ok(!isDay(text), text);
});

test('days by name', () => {
  assert.equal(dayName('2026-11-24', '2026-11-24'), 'Today');
  assert.equal(dayName('2026-11-23', '2026-11-24'), 'Yesterday');
  assert.match(dayName('2026-11-20', '2026-11-24'), /Fri.*November/);
  assert.match(dayName('2025-11-20', '2026-11-24'), /2025/);
});

test('times as a person types them', () => {
  const cases = {
    '9': '09:00',
    '09': '09:00',
    '930': '09:30',
    '0930': '09:30',
    ' 9:30 ': '09:30',
    '9.30': '09:30',
    '9h30': '09:30',
    '9:30 pm': '21:30',
    '12am': '00:00',
    '12 p.m.': '12:00',
    '23:59': '23:59',
  };
  for (const [text, time] of Object.entries(cases)) assert.equal(parseTime(text), time, text);
  for (const text of ['', '24:00', '9:60', '13pm', '9:3', 'noon', '1234567']) {
    assert.equal(parseTime(text), undefined, text);
  }
});
