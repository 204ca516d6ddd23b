import { stringify } from 'csv-stringify/sync';
import type { Database } from '../database/database.js';
import { COLUMNS, type EntryRow, OVERLAPS, toEntry } from '../entries/entries.js';
import { type Filter, filterSql, whereSql } from '../entries/filter.js';
import { EXPORT_COLUMNS } from '../imports/formats.js';
import { guard } from './formula.js';

function select(filter: Filter, extra: string[] = []) {
  const values: unknown[] = [];
  const where = whereSql([...filterSql(filter, values), ...extra]);
  const sql = `SELECT ${COLUMNS}, ${OVERLAPS} FROM entries e
    LEFT JOIN projects p ON p.id = e.project_id ${where} ORDER BY e.start_at, e.id`;
  return { sql, values };
}

/** Oldest first, times in UTC. Not the one that is running: it has no end yet. */
export async function* csvLines(db: Database, filter: Filter): AsyncGenerator<string> {
  yield stringify([EXPORT_COLUMNS], { record_delimiter: '\r\n' });
  const { sql, values } = select(filter, ['e.end_at IS NOT NULL']);
  for await (const row of db.stream<EntryRow>(sql, values)) {
    yield stringify([csvRow(row)], { record_delimiter: '\r\n', quoted_match: /^'|^\s|\s$|\r/ });
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
  const { sql, values } = select(filter);
  let before = '[\n';
  for await (const row of db.stream<EntryRow>(sql, values)) {
    yield before + JSON.stringify(toEntry(row));
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

const iso = (date: Date) => date.toISOString().replace('.000Z', 'Z');

function hours(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
