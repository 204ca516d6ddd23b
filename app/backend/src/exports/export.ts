import { Worker } from 'node:worker_threads';
import type { Database } from '../database/database.js';
import { COLUMNS as ENTRY_COLUMNS, type EntryRow, JOINS, toEntry } from '../entries/entries.js';
import { type Filter, filterSql, whereSql } from '../entries/filter.js';
import { createGate } from '../gate.js';
import { csvCell } from '../imports/csv.js';
import { Problem } from '../problem.js';
import {
  COLUMNS,
  type Column,
  type ExportForm,
  isRounded,
  roundedHours,
  type Times,
} from './columns.js';

/** Entries that a workbook may have: it is made in memory, and so one at a time. */
const MAX_WORKBOOK = 20_000;
const MAX_WORKBOOK_MIB = 128;
const workbooks = createGate(1);
/** Rows turned into text at once. */
const BATCH = 500;

function select(filter: Filter, columns: string, extra: string[] = [], from = 'entries e') {
  const values: unknown[] = [];
  const where = whereSql([...filterSql(filter, values), ...extra]);
  const sql = `SELECT ${columns} FROM ${from} ${JOINS} ${where} ORDER BY e.start_at, e.id`;
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

/** Oldest first. Not the one that is running: it has no end yet. */
export async function* csvLines(
  db: Database,
  filter: Filter,
  form: ExportForm,
): AsyncGenerator<string> {
  const { separator } = form;
  const line = (cells: string[]) =>
    `${cells.map((cell) => csvCell(cell, separator)).join(separator)}\r\n`;
  const columns = (COLUMNS as Column[]).filter(({ when }) => when?.(form) ?? true);
  const csvRow = (row: EntryRow) => {
    const times = timesOf(row, form);
    return line(columns.map(({ text }) => text(row, times, form)));
  };
  let begin = (form.mark ? '\ufeff' : '') + line(columns.map(({ name }) => name));
  const { sql, values } = select(filter, ENTRY_COLUMNS, ['e.end_at IS NOT NULL']);
  for await (const rows of batches(db.stream<EntryRow>(sql, values))) {
    yield begin + rows.map(csvRow).join('');
    begin = '';
  }
}

function timesOf(row: EntryRow, { zone }: ExportForm): Times {
  const start = row.start_at.getTime();
  const end = (row.end_at ?? row.start_at).getTime();
  return {
    ...{ start, end, seconds: Math.round((end - start) / 1000) },
    localStart: start + zone.offset(start),
    localEnd: end + zone.offset(end),
  };
}

/**
 * Whether an entry overlaps, for all at once: by those that begin before it, after it and with it.
 * Each that is asked alone would take a hundred times as long.
 */
const WITH_OVERLAPS = `(
  SELECT *, coalesce(greatest_end > start_at, false)
         OR coalesce(next_start < till, false)
         OR (till > start_at AND same > 1) AS overlaps
  FROM (
    SELECT *,
           max(till) OVER (ORDER BY start_at
             RANGE BETWEEN UNBOUNDED PRECEDING AND '1 second' PRECEDING) AS greatest_end,
           first_value(start_at) OVER (ORDER BY start_at
             RANGE BETWEEN '1 second' FOLLOWING AND UNBOUNDED FOLLOWING) AS next_start,
           count(*) FILTER (WHERE till > start_at) OVER (PARTITION BY start_at) AS same
    FROM (SELECT *, coalesce(end_at, greatest(now(), start_at)) AS till FROM entries) ended
  ) placed
) e`;

/** One JSON array of entries as the API shows them, an entry a line. */
export async function* jsonLines(db: Database, filter: Filter): AsyncGenerator<string> {
  const { sql, values } = select(filter, `${ENTRY_COLUMNS}, e.overlaps`, [], WITH_OVERLAPS);
  let before = '[';
  for await (const rows of batches(db.stream<EntryRow>(sql, values))) {
    if (rows.length === 0) continue;
    yield `${before}\n${rows.map((row) => JSON.stringify(toEntry(row))).join(',\n')}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

/** A workbook: local times as such, hours as numbers. Throws a problem, 422, if it is too large. */
export async function workbook(db: Database, filter: Filter, form: ExportForm): Promise<Buffer> {
  const tooLarge = new Problem(
    422,
    `These are too many entries for a workbook, which has ${MAX_WORKBOOK.toLocaleString('en')} at most: export a shorter period, or CSV.`,
  );
  const counted = select(filter, '1', ['e.end_at IS NOT NULL']);
  const [count] = await db.read<{ count: number }>(
    `SELECT count(*)::int AS count FROM (${counted.sql.replace(/ORDER BY.*$/, '')} LIMIT ${MAX_WORKBOOK + 1}) listed`,
    counted.values,
  );
  if ((count?.count ?? 0) > MAX_WORKBOOK) throw tooLarge;
  return workbooks(async () => {
    try {
      return await makeWorkbook(db, filter, form);
    } catch (error) {
      throw (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge : error;
    }
  });
}

async function makeWorkbook(db: Database, filter: Filter, form: ExportForm): Promise<Buffer> {
  const worker = new Worker(new URL('./xlsx-worker.mjs', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MAX_WORKBOOK_MIB },
  });
  try {
    const made = new Promise<Buffer>((resolve, reject) => {
      worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the workbook was not made')));
    });
    made.catch(() => {});
    const send = (message: WorkbookMessage) => worker.postMessage(message);
    const columns = workbookColumns(form);
    send({ rows: [columns.map(({ title }) => title)] });
    const { sql, values } = select(filter, ENTRY_COLUMNS, ['e.end_at IS NOT NULL']);
    for await (const rows of batches(db.stream<EntryRow>(sql, values))) {
      send({
        rows: rows.map((row) => {
          const times = timesOf(row, form);
          return columns.map(({ value }) => value(row, times));
        }),
      });
    }
    send({
      widths: columns.map(({ width }) => width),
      formats: columns.map(({ format }) => format ?? null),
    });
    return await made;
  } finally {
    await worker.terminate();
  }
}

export type WorkbookValue = string | number | boolean | Date;
/** What its maker is sent: the rows, a line of titles first, and then how they look. */
export type WorkbookMessage =
  | { rows: WorkbookValue[][] }
  | { widths: number[]; formats: (string | null)[] };

interface WorkbookColumn {
  title: string;
  width: number;
  format?: string;
  value: (row: EntryRow, times: Times) => WorkbookValue;
}

function workbookColumns(form: ExportForm): WorkbookColumn[] {
  // XML has no way to say other control characters.
  const text = (value: string) => value.replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '');
  const hours = { width: 10, format: '0.00' };
  const time = { width: 19, format: 'yyyy-mm-dd hh:mm:ss' };
  return [
    {
      ...time,
      title: `Start (${form.zone.name})`,
      value: (_, times) => new Date(times.localStart),
    },
    { ...time, title: `End (${form.zone.name})`, value: (_, times) => new Date(times.localEnd) },
    { ...hours, title: 'Hours', value: (_, times) => times.seconds / 3600 },
    ...(isRounded(form)
      ? [
          {
            ...hours,
            title: 'Rounded hours',
            value: (_: EntryRow, times: Times) => roundedHours(times.seconds, form),
          },
        ]
      : []),
    { title: 'Description', width: 50, value: (row) => text(row.description) },
    { title: 'Client', width: 20, value: (row) => text(row.client_name ?? '') },
    { title: 'Project', width: 20, value: (row) => text(row.project_name ?? '') },
    { title: 'Tags', width: 20, value: (row) => text(row.tags.join(', ')) },
    { title: 'Billable', width: 8, value: (row) => row.billable },
    { title: 'Source', width: 10, value: (row) => text(row.source_system) },
    { title: 'Ref', width: 20, value: (row) => text(row.source_ref) },
    { ...time, title: 'Start (UTC)', value: (_, times) => new Date(times.start) },
    { ...time, title: 'End (UTC)', value: (_, times) => new Date(times.end) },
  ];
}
