import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsvReader, type CsvRecord, csvCell, MAX_CELLS } from '../../src/imports/csv.js';

/** The records of a text that comes in parts of this size. */
function read(text: string, size = text.length || 1, delimiter = ','): CsvRecord[] {
  const reader = new CsvReader(delimiter);
  const records: CsvRecord[] = [];
  for (let at = 0; at < text.length; at += size) {
    records.push(...reader.push(text.slice(at, at + size)));
  }
  return [...records, ...reader.end()];
}

test('cells, quotation marks, line ends of all kinds, however the text is cut', () => {
  const text = 'a,b,c\r\n"x, y"," ""q"" ",\n1,"two\r\nlines" ,3\r\r , "z",last\n\nend';
  const expected = [
    [1, ['a', 'b', 'c']],
    [2, ['x, y', ' "q" ', '']],
    [3, ['1', 'two\r\nlines', '3']],
    [6, ['', 'z', 'last']],
    [8, ['end']],
  ];
  for (const size of [1, 2, 3, 7, text.length]) {
    const records = read(text, size).map(({ line, cells }) => [line, cells]);
    assert.deepEqual(records, expected, `in parts of ${size}`);
  }
});

test('a broken line is named with its cell, and the next one is read', () => {
  const text = [
    'one,5" screen,x',
    'two,"a" b,x',
    'three,"open,x',
    'four,"fine",x',
    `five,"${'y'.repeat(200)}"`,
  ].join('\n');
  for (const size of [1, 5, text.length]) {
    const records = read(text, size);
    assert.deepEqual(
      records.map(({ line, fault }) => [line, fault?.cell, fault?.reason.slice(0, 30)]),
      [
        [1, 1, 'it has a quotation mark in a c'],
        [2, 1, 'it has a quotation mark that i'],
        [3, 1, 'the quotation mark at its begi'],
        [4, undefined, undefined],
        [5, undefined, undefined],
      ],
      `in parts of ${size}`,
    );
  }
});

test('lines, cells and memory are bounded', () => {
  const [wide] = read(`${','.repeat(5_000)}\n`);
  assert.equal(wide?.cells.length, MAX_CELLS);
  assert.match(wide?.fault?.reason ?? '', /over 500 cells/);
  const [long, after] = read(`${'x'.repeat(300_000)}\nb,c`, 64 * 1024);
  assert.match(long?.fault?.reason ?? '', /over 100,000 characters/);
  assert.deepEqual([after?.line, after?.cells], [2, ['b', 'c']]);
  const [open, next] = read(`a,"${'x\n'.repeat(100_000)}`, 64 * 1024);
  assert.match(open?.fault?.reason ?? '', /never closed/);
  assert.equal(next?.line, 2);

  const before = process.memoryUsage().rss;
  const reader = new CsvReader(',');
  let records = 0;
  for (let part = 0; part < 512; part++) {
    for (const _ of reader.push(','.repeat(64 * 1024))) records += 1;
  }
  records += [...reader.end()].length;
  assert.equal(records, 1, '32 MiB of commas are one bad line');
  const growth = (process.memoryUsage().rss - before) / 1024 / 1024;
  assert.ok(growth < 60, `${growth} MiB`);
});

test('a cell that is written is read the same', () => {
  for (const cell of ['', 'a', 'a,b', '"', ' x ', "'=1", 'two\nlines', '\r']) {
    assert.deepEqual(read(`${csvCell(cell)},x`)[0]?.cells, [cell, 'x']);
  }
});
