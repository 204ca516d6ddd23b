import { stringify } from 'csv-stringify/sync';
import type { Database } from '../database/database.js';
import { COLUMNS, type EntryRow, JOINS, OVERLAPS, toEntry } from '../entries/entries.js';
import { type Filter, filterSql, whereSql } from '../entries/filter.js';
import { EXPORT_COLUMNS } from '../imports/formats.js';
import { guard } from './formula.js';

/** Rows turned into text at once. */
const BATCH = 500;

function select(filter: Filter, columns: string, extra: string[] = []) {
  const values: unknown[] = [];
  const where = whereSql([...filterSql(filter, values), ...extra]);
  const sql = `SELECT ${columns} FROM entries e
    ${JOINS} ${where} ORDER BY e.start_at, e.id`;
  return { sql, values };
}

async function* batches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    if (batch.push(row) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Oldest first, times in UTC. Not the one that is running: it has no end yet. */
export async function* csvLines(db: Database, filter: Filter): AsyncGenerator<string> {
  const options = { record_delimiter: '\r\n', quoted_match: /^'|^\s|\s$|\r/ };
  let header = [EXPORT_COLUMNS];
  const { sql, values } = select(filter, COLUMNS, ['e.end_at IS NOT NULL']);
  for await (const rows of batches(db.stream<EntryRow>(sql, values))) {
    yield stringify([...header, ...rows.map(csvRow)], options);
    header = [];
  }
}

function csvRow(row: EntryRow): string[] {
  return [
    iso(row.start_at),
    row.end_at ? iso(row.end_at) : '',
    row.end_at ? hours(row.end_at.getTime() - row.start_at.getTime()) : '',
    guard(row.description),
    guard(row.project_name ?? ''),
    guard(row.tags.join(', ')),
    row.billable ? 'yes' : 'no',
    guard(row.source_system),
    guard(row.source_ref),
  ];
}

/** One JSON array of entries as the API shows them, an entry a line. */
export async function* jsonLines(db: Database, filter: Filter): AsyncGenerator<string> {
  const { sql, values } = select(filter, `${COLUMNS}, ${OVERLAPS}`);
  let before = '[';
  for await (const rows of batches(db.stream<EntryRow>(sql, values))) {
    if (rows.length === 0) continue;
    yield `${before}\n${rows.map((row) => JSON.stringify(toEntry(row))).join(',\n')}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

const iso = (date: Date) => date.toISOString().replace('.000Z', 'Z');

function hours(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
