import { setImmediate as breath } from 'node:timers/promises';
import { timeFault } from '../entries/times.js';
import { Problem } from '../problem.js';
import { MAX_DESCRIPTION } from '../schemas/entries.js';
import type { Zone } from '../zone.js';
import {
  type DateOrder,
  type DecimalSign,
  LONGEST_VALUE,
  orderOf,
  RowError,
  when,
} from './clock.js';
import { CsvReader, type CsvRecord, MAX_CELLS, MAX_RECORD } from './csv.js';
import { type Encoding, examine, type Source, textOf } from './file.js';
import {
  createRowReader,
  type Field,
  type Format,
  type FormatName,
  formatFor,
  type ImportedRow,
  LeftOut,
  type Mapping,
  missing,
  normal,
  type RowReader,
} from './formats.js';

/** How a file is to be read, as far as it is said. */
export interface ImportOptions {
  format?: FormatName | undefined;
  mapping?: Mapping | undefined;
  dateOrder?: DateOrder | undefined;
  encoding?: Encoding | undefined;
  decimalSign?: '.' | ',' | undefined;
  zone: Zone;
  /** Minutes after midnight. */
  workdayStart: number;
}

/** How it is read, and what of that was made out and could be otherwise. */
export interface Guesses {
  format: FormatName;
  mapping?: Mapping;
  delimiter: string;
  encoding: Encoding;
  dateOrder: DateOrder | null;
  decimalSign: '.' | ',' | null;
  guessed: ('format' | 'mapping' | 'encoding' | 'dateOrder' | 'decimalSign')[];
}

export interface BadLine {
  line: number;
  column: string | null;
  value: string | null;
  reason: string;
  hint: string | null;
}

export type Line = { line: number; raw: string } & (
  | { row: ImportedRow }
  | { bad: BadLine }
  | { leftOut: string }
);

export interface OpenFile {
  columns: string[];
  /** The header as it stands in the file. */
  header: string;
  guesses: Guesses;
  lines(): AsyncGenerator<Line>;
}

/** Lines that a file may have: as many as fit are read in a minute or two. */
const MAX_LINES = 1_000_000;
/** Lines that tell how numbers are written, and whether there are dates that could be either. */
const LOOK_AHEAD = 2_000;
/** Milliseconds of work after which other requests get their turn. */
const TURN_MS = 10;

/** Gives the rest of the process its turn, where there was work for long enough. */
export function createBreath(): () => Promise<unknown> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MS) return undefined;
    return breath().then(() => {
      since = performance.now();
    });
  };
}

/** Finds out what a file is. Throws a problem, 422, if it can't be read at all, that says why. */
export async function openFile(source: Source, options: ImportOptions): Promise<OpenFile> {
  const { encoding, guessed: encodingGuessed } = await examine(source, options.encoding);
  const table = await openTable(source, encoding);
  const columns = table.header.cells.map(normal);
  const found = formatFor(options.format, options.mapping, columns);
  const shownColumns = { columns: table.header.cells };
  if (!found) {
    throw new Problem(422, unknownTable(columns), columns.length > 1 ? shownColumns : {});
  }
  const { format, mapping } = found;
  const absent = missing(format, columns);
  if (absent.length > 0) {
    throw new Problem(
      422,
      `This is not ${format.title}: there is no column "${absent.join('" or "')}". ${shown(columns)}${summaryHint(columns)}`,
      shownColumns,
    );
  }
  const dates = await lookAhead(table.records, format, columns);
  const guesses: Guesses = {
    format: format.name,
    ...(mapping && { mapping: inTheirWords(mapping, table.header.cells) }),
    delimiter: table.delimiter,
    encoding,
    dateOrder: options.dateOrder ?? dates.order,
    decimalSign: options.decimalSign ?? dates.decimalSign,
    guessed: [
      ...(found.guessed ? (['format'] as const) : []),
      ...(mapping && !options.mapping ? (['mapping'] as const) : []),
      ...(encodingGuessed ? (['encoding'] as const) : []),
      ...(dates.guessed && !options.dateOrder ? (['dateOrder'] as const) : []),
      ...(dates.decimalSign && !options.decimalSign ? (['decimalSign'] as const) : []),
    ],
  };
  async function* lines(): AsyncGenerator<Line> {
    const reader = createRowReader(format, table.header.cells, {
      zone: options.zone,
      order: guesses.dateOrder ?? 'mdy',
      decimal: options.decimalSign ?? ('auto' satisfies DecimalSign),
      workdayStart: options.workdayStart,
      filled: new Map(),
    });
    for await (const record of table.records()) {
      yield readLine(record, table.header.cells, reader);
    }
  }
  return { columns: table.header.cells, header: table.header.raw, guesses, lines };
}

const shown = (columns: string[]) =>
  `The columns are: ${columns
    .slice(0, 40)
    .map((column) => column.slice(0, 60))
    .join(', ')}.`;

const summaryHint = (columns: string[]) =>
  columns.some((column) => /date|day|start|begin|datum|tag$/.test(column))
    ? ''
    : ' It looks like a summary, without days: export the detailed report, in which each entry has a line.';

function unknownTable(columns: string[]): string {
  if (columns.length < 2) {
    return `This is not a table: its first line is "${(columns[0] ?? '').slice(0, 100)}". The first line must name the columns. If the file was cut off, export it again.`;
  }
  return `Nothing in its first line says when an entry begins and ends. ${shown(columns)} Say by a mapping which is what.${summaryHint(columns)}`;
}

/** A mapping with the columns' names as they are in the file. */
function inTheirWords(mapping: Mapping, header: string[]): Mapping {
  const own = new Map(header.map((column) => [normal(column), column]));
  return Object.fromEntries(
    Object.entries(mapping).map(([field, column]) => [field, own.get(normal(column)) ?? column]),
  ) as Mapping;
}

interface Table {
  delimiter: string;
  header: CsvRecord;
  /** Those below the header, but for empty ones. */
  records(): AsyncGenerator<CsvRecord>;
}

async function openTable(source: Source, encoding: Encoding): Promise<Table> {
  const delimiter = await delimiterOf(textOf(source, encoding));
  async function* records(): AsyncGenerator<CsvRecord> {
    const reader = new CsvReader(delimiter);
    const turn = createBreath();
    for await (const text of textOf(source, encoding)) {
      for (const record of reader.push(text)) {
        const pause = turn();
        if (pause) await pause;
        if (record.line > MAX_LINES) {
          throw new Problem(
            422,
            'The file has over a million lines. Cut it, and import its parts.',
          );
        }
        yield record;
      }
    }
    yield* reader.end();
  }
  let header: CsvRecord | undefined;
  for await (const record of records()) {
    if (isEmpty(record) || isSeparatorLine(record)) continue;
    header = record;
    break;
  }
  if (!header) throw new Problem(422, 'The file is empty.');
  if (header.fault) {
    const { reason, cell } = header.fault;
    throw new Problem(
      422,
      `This is not CSV: in line ${header.line}, column ${cell + 1}, ${reason}. The first line must name the columns: at most ${MAX_CELLS} of them, in ${MAX_RECORD.toLocaleString('en')} characters.`,
    );
  }
  const { line: first } = header;
  return {
    delimiter,
    header,
    async *records() {
      for await (const record of records())
        if (record.line > first && !isEmpty(record)) yield record;
    },
  };
}

const isEmpty = ({ cells, fault }: CsvRecord) => !fault && cells.every((cell) => cell === '');
/** Excel's own first line, that says what it separates cells by. */
const isSeparatorLine = ({ line, raw }: CsvRecord) => line === 1 && /^sep=.?$/i.test(raw);

const LINE_END = /\r\n|\n|\r/;

/** As the file says, or the commonest in the line that names the columns, outside quotes. */
async function delimiterOf(texts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of texts) {
    text += part;
    if (text.length > MAX_RECORD || text.trimStart().split(LINE_END, 3).length > 2) break;
  }
  text = text.slice(0, MAX_RECORD).trimStart();
  const said = /^sep=([,;\t|])?/i.exec(text);
  if (said?.[1]) return said[1];
  const line = (text.split(LINE_END, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => line.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/**
 * What the dates of a file say about its order: the first that can be only one thing decides. Where
 * all could be either, the order in which they lie closer together is the better guess.
 */
async function lookAhead(
  records: () => AsyncGenerator<CsvRecord>,
  { columns: of }: Format,
  columns: string[],
) {
  const placesOf = (...names: (string[] | undefined)[]) =>
    names
      .flatMap((each) => each ?? [])
      .flatMap((name) => {
        const place = columns.indexOf(name);
        return place < 0 ? [] : [place];
      });
  const dates = placesOf(of.date, of.start, of.endDate, of.end);
  const lengths = placesOf(of.duration, of.billed);
  const spans = { mdy: [Infinity, -Infinity], dmy: [Infinity, -Infinity] } as Record<
    DateOrder,
    [number, number]
  >;
  let either = false;
  let halfDays = false;
  let decimalSign: '.' | ',' | null = null;
  let count = 0;
  for await (const { cells } of records()) {
    if (++count > LOOK_AHEAD && !either) break;
    for (const place of lengths) {
      const sign = /^\s*\d*([.,])\d+\s*\p{L}*\.?\s*$/u.exec(
        (cells[place] ?? '').slice(0, LONGEST_VALUE),
      )?.[1];
      if (sign) decimalSign ??= sign as '.' | ',';
    }
    for (const place of dates) {
      const cell = (cells[place] ?? '').slice(0, LONGEST_VALUE);
      halfDays ||= /\d\s*[ap]\.?m/i.test(cell);
      const order = orderOf(cell);
      if (order === undefined) continue;
      if (order !== 'either') return { order, guessed: false, decimalSign };
      either = true;
      for (const read of ['mdy', 'dmy'] as const) {
        const date = dateOf(cell, read);
        spans[read] = [Math.min(spans[read][0], date), Math.max(spans[read][1], date)];
      }
    }
  }
  if (!either) return { order: null, guessed: false, decimalSign };
  const length = ([from, to]: [number, number]) => to - from;
  const dayFirst = halfDays
    ? length(spans.dmy) * 3 < length(spans.mdy)
    : length(spans.dmy) < length(spans.mdy);
  return { order: dayFirst ? ('dmy' as const) : ('mdy' as const), guessed: true, decimalSign };
}

function dateOf(cell: string, order: DateOrder): number {
  try {
    const read = when(cell, order);
    return 'date' in read ? read.date : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

function readLine(
  { line, cells, raw, fault }: CsvRecord,
  header: string[],
  { readRow, cellOf }: RowReader,
): Line {
  const bad = (reason: string, more: Partial<BadLine> = {}): Line => ({
    ...{ line, raw },
    bad: { line, column: null, value: null, hint: null, reason, ...more },
  });
  if (fault) {
    return bad(fault.reason, {
      column: header[fault.cell] ?? null,
      value: fault.value || null,
      hint: 'Quotation marks within a cell are doubled, and the cell is put in quotation marks.',
    });
  }
  const extra = cells.findIndex((cell, place) => place >= header.length && cell.trim() !== '');
  if (extra >= 0) {
    return bad(`it has ${cells.length} cells, the first line ${header.length}`, {
      value: cells[extra]?.slice(0, 100) ?? null,
      hint: 'A cell that has the separator in it must be in quotation marks.',
    });
  }
  try {
    return { line, raw, row: check(readRow(cells), cellOf) };
  } catch (error) {
    if (error instanceof LeftOut) return { line, raw, leftOut: error.message };
    if (!(error instanceof RowError)) throw error;
    return bad(error.message, {
      column: error.column || null,
      value: error.value?.slice(0, 100) ?? null,
      hint: error.hint ?? null,
    });
  }
}

/** What an entry may be; the same as of one that is typed in. */
function check(row: ImportedRow, cellOf: RowReader['cellOf']): ImportedRow {
  const { system, ref, description, project, client, tags } = row;
  const wrong = (reason: string, ...fields: Field[]) => {
    const cell = fields.map(cellOf).find((each) => each !== undefined);
    return Object.assign(new RowError(reason), cell);
  };
  const texts = [system, ref ?? '', description, project, client, ...tags];
  if (texts.some((text) => text.includes('\0'))) throw wrong('it has a NUL character');
  const fault = timeFault(row.start * 1000, row.end * 1000);
  if (fault) throw wrong(fault, 'date', 'start');
  // As JSON Schema counts, and PostgreSQL: an emoji is one, though it takes two places here.
  const over = (text: string, most: number) => text.length > most && [...text].length > most;
  for (const [field, text, most] of [
    ['description', description, MAX_DESCRIPTION],
    ['project', project, 200],
    ['client', client, 200],
    ['source', system, 100],
    ['ref', ref ?? '', 1000],
  ] as const) {
    if (over(text, most)) throw wrong(`its ${field} has over ${most} characters`, field);
  }
  if (tags.length > 50) throw wrong('it has over 50 tags', 'tags');
  if (tags.some((tag) => over(tag, 100))) throw wrong('a tag has over 100 characters', 'tags');
  return row;
}
