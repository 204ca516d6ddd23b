import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { Problem } from '../problem.js';
import { type DateOrder, orderOf, RowError } from './clock.js';
import {
  type Cells,
  type FormatName,
  formatFor,
  type ImportedRow,
  type Mapping,
} from './formats.js';

export interface ImportOptions {
  format: FormatName;
  zone: string;
  mapping?: Mapping | undefined;
}

export type Line = { line: number } & ({ row: ImportedRow } | { reason: string });

/** How many lines are looked at for the order of day and month before the first is read. */
const LOOK_AHEAD = 2_000;
const LONGEST_LINE = 100_000;

interface Parsed {
  record: string[];
  info: { lines: number };
}

/**
 * Reads a CSV file line by line, never more of it at once than the look-ahead. A line that can't
 * be read comes with the reason. Throws a problem, 422, if it is no such file at all.
 */
export async function* readLines(file: Readable, options: ImportOptions): AsyncGenerator<Line> {
  const { head, rest } = await peek(file);
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(head),
    info: true,
    max_record_size: LONGEST_LINE,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  rest.on('error', (error) => parser.destroy(error));
  const records: AsyncIterator<Parsed> = rest.pipe(parser)[Symbol.asyncIterator]();
  try {
    yield* readRecords(records, options);
  } catch (error) {
    const { code, message, lines } = error as Error & { code?: string; lines?: number };
    if (!code?.startsWith('CSV_')) throw error;
    throw new Problem(422, `This is not CSV, from line ${lines ?? 1} on: ${message}`);
  }
}

async function* readRecords(
  records: AsyncIterator<Parsed>,
  { format: name, mapping, zone }: ImportOptions,
): AsyncGenerator<Line> {
  const header = await records.next();
  if (header.done) throw new Problem(422, 'The file is empty.');
  const columns = header.value.record.map((column) => column.trim().toLowerCase());
  const format = formatFor(name, mapping, columns);
  const missing = format.needs.find((names) => !names.some((name) => columns.includes(name)));
  if (missing) {
    throw new Problem(
      422,
      `This is not ${format.title}: there is no column "${missing.join('" or "')}". The columns are: ${columns.slice(0, 40).join(', ')}.`,
    );
  }
  const cellsOf = cellReader(columns);

  const ahead: Parsed[] = [];
  let order: DateOrder | undefined;
  while (order === undefined && ahead.length < LOOK_AHEAD) {
    const next = await records.next();
    if (next.done) break;
    ahead.push(next.value);
    order = orderOf(format.date(cellsOf(next.value.record)));
  }
  const reading = { zone, order: order ?? 'mdy' };

  function read({ record, info }: Parsed): Line {
    try {
      if (record.length !== columns.length) {
        throw new RowError(`it has ${record.length} cells, the first line ${columns.length}`);
      }
      return { line: info.lines, row: check(format.read(cellsOf(record), reading)) };
    } catch (error) {
      if (error instanceof RowError) return { line: info.lines, reason: error.message };
      throw error;
    }
  }
  for (const parsed of ahead) yield read(parsed);
  for (let next = await records.next(); !next.done; next = await records.next()) {
    yield read(next.value);
  }
}

function cellReader(columns: string[]): (record: string[]) => Cells {
  const places = new Map(columns.map((column, place) => [column, place]));
  return (record) =>
    (...names) => {
      for (const name of names) {
        const place = places.get(name);
        const cell = place === undefined ? undefined : record[place];
        if (cell) return cell;
      }
      return '';
    };
}

/** What an entry may be; the same as of one that is typed in. */
function check(row: ImportedRow): ImportedRow {
  const texts = [row.system, row.ref ?? '', row.description, row.project, ...row.tags];
  if (texts.some((text) => text.includes('\0'))) throw new RowError('it has a NUL character');
  if (row.end < row.start) throw new RowError('it ends before it starts');
  if (row.description.length > 3000) throw new RowError('its description has over 3000 characters');
  if (row.project.length > 200) throw new RowError('its project has over 200 characters');
  if (row.system.length > 100) throw new RowError('its source has over 100 characters');
  if ((row.ref ?? '').length > 1000) throw new RowError('its ref has over 1000 characters');
  if (row.tags.length > 50) throw new RowError('it has over 50 tags');
  if (row.tags.some((tag) => tag.length > 100)) throw new RowError('a tag has over 100 characters');
  return row;
}

/** The file's first line at least, and all of the file. */
async function peek(file: Readable): Promise<{ head: string; rest: Readable }> {
  const chunks: AsyncIterator<Buffer> = file[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (!head.includes('\n') && head.length < LONGEST_LINE) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole() {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { head: head.toString('utf8'), rest: Readable.from(whole(), { objectMode: false }) };
}

/** The commonest of comma, semicolon and tab in the first line, outside quotes. */
function delimiterOf(head: string): string {
  const line = (head.split(/\r?\n/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}
