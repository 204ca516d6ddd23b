import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, orderOf, RowError, when } from '../../src/imports/clock.js';
import { isTotal, yesNo } from '../../src/imports/words.js';

const hours = (text: string, decimal: '.' | ',' | 'auto' = 'auto') =>
  duration(text, { decimal, unit: 'hours' }) / 3600;

test('durations as people write them', () => {
  const cases: [number, string[]][] = [
    [1.5, ['1:30', '1:30:00', '1:30:00.000', '01:30 h', '1.5', '1,5', '1.50', '1,5 h', '1.5h']],
    [1.5, ['1h30', '1h 30m', '1h30min', '90 min', '90m', '1 hr 30 min', '1 hour, 30 minutes']],
    [1.5, ['1 Std. 30 Min.', '1 heure et 30 minutes', 'PT1H30M', '5400 s', '1\u00a0h 30']],
    [0.5, ['.5', ',5', '0:30', '30 min']],
    [26, ['26:00:00', '26', '26 hours']],
    [1234.5, ['1,234.5', '1.234,5', "1'234.5", '1 234,5']],
    [0, ['0', '0:00', '0 min']],
  ];
  for (const [expected, texts] of cases) {
    for (const text of texts) assert.equal(hours(text), expected, text);
  }
  assert.equal(hours('1.250', ','), 1250);
  assert.equal(hours('1,250', '.'), 1250);
  assert.equal(hours('1,250'), 1.25);
  const wrong = [
    '',
    'x',
    '1:75',
    '-1:00',
    '1 2',
    '1e9',
    '1h 2h',
    '30m 1h',
    '99999999999999999999',
    '1d',
  ];
  for (const text of wrong) assert.throws(() => hours(text), RowError, text);
});

test('dates and times as people write them', () => {
  const read = (text: string, order: 'mdy' | 'dmy' = 'dmy') => {
    const said = when(text, order);
    if ('instant' in said) return new Date(said.instant).toISOString();
    const time = said.time === undefined ? '' : ` ${said.time / 3600_000}`;
    return ('date' in said ? new Date(said.date).toISOString().slice(0, 10) : '') + time;
  };
  for (const text of [
    ...['2026-10-05 09:00', '2026-10-05T09:00:00', '2026/10/5 9:00', '05/10/2026 9:00 AM'],
    ...['5.10.2026 9.00 Uhr', '05.10.26 09:00', '5 Oct 2026 09:00', 'Oct 5, 2026 9:00 AM'],
    ...['Monday, October 5th, 2026 at 9am', 'Mo 05.10.2026 09:00', '5. Oktober 2026 9:00'],
    ...['5 octobre 2026 9h00', '5 de octubre de 2026 9:00', '5-Oct-26 9:00', '46300.375'],
    ...['2026年10月5日 9:00', '5 października 2026 9:00'],
  ]) {
    assert.equal(read(text), '2026-10-05 9', text);
  }
  assert.equal(read('05/10/2026', 'mdy'), '2026-05-10');
  assert.equal(read('2026-10-05T09:00:00+02:00'), '2026-10-05T07:00:00.000Z');
  assert.equal(read('2026-10-05 09:00:00.123 +0200'), '2026-10-05T07:00:00.000Z');
  assert.equal(read('12:00 AM'), ' 0');
  assert.equal(read('12:30 p.m.'), ' 12.5');
  assert.equal(read('24:00'), ' 24');
  for (const text of ['', 'soon', '31/02/2026', '2026-13-01', '13:00 PM', '25:00', '5 Foo 2026']) {
    assert.throws(() => when(text, 'dmy'), RowError, text);
  }
});

test('which dates tell the order of day and month', () => {
  assert.equal(orderOf('25/12/2026'), 'dmy');
  assert.equal(orderOf('12/25/2026 9:00 AM'), 'mdy');
  assert.equal(orderOf('05/10/2026'), 'either');
  for (const text of ['2026-10-05', '5.10.2026', '5 Oct 2026', '05/05/2026', 'x', '9:00']) {
    assert.equal(orderOf(text), undefined, text);
  }
});

test('yes and no in the languages of spreadsheets, and sums', () => {
  for (const text of ['WAHR', 'si', 'SÍ', 'OUI', 'JA', 'X', 'Yes', '1', 'true', 'VERDADERO']) {
    assert.equal(yesNo(text), true, text);
  }
  for (const text of ['FALSCH', 'no', 'NON', 'nein', '0', '', 'false', 'FAUX']) {
    assert.equal(yesNo(text), false, text);
  }
  assert.equal(yesNo('perhaps'), undefined);
  for (const text of ['Total', 'TOTAL:', 'Grand total', 'Summe', 'Gesamt'])
    assert.ok(isTotal(text));
  for (const text of ['Total rewrite', 'Summer']) assert.ok(!isTotal(text), text);
});
