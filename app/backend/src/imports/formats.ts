import type { Static } from 'typebox';
import { FIRST_COLUMNS, READ_COLUMNS, type ReadName } from '../exports/columns.js';
import { unguard, unguardFirst } from '../exports/formula.js';
import type { ImportForm } from '../schemas/imports.js';
import type { Zone } from '../zone.js';
import {
  type DateOrder,
  type DecimalSign,
  type DurationForm,
  duration,
  instantsOf,
  RowError,
  type Span,
  spanOf,
  type When,
  when,
} from './clock.js';
import { isTotal, yesNo } from './words.js';

export interface ImportedRow extends Span {
  system: string;
  /** What identifies it in that system. Null: its content does. */
  ref: string | null;
  description: string;
  project: string;
  client: string;
  tags: string[];
  billable: boolean;
  /** Its hours are said, but not when in the day: its place is made up. */
  placed: boolean;
  /** When it is as far as its identity goes: of what is placed, where it was read at first. */
  identity: Span;
}

/** A line that is no entry, and why: a timer that runs, a sum. */
export class LeftOut extends Error {}

export interface Reading {
  zone: Zone;
  order: DateOrder;
  decimal: DecimalSign;
  /** Minutes after midnight at which days begin whose hours have no time. */
  workdayStart: number;
  /** Up to when the days that came without times are filled, by day. */
  filled: Map<number, number>;
}

export type FormatName = NonNullable<Static<typeof ImportForm>['format']>;
export type Mapping = NonNullable<Static<typeof ImportForm>['mapping']>;

export type Field = keyof Mapping | ReadName | 'endDate' | 'task' | 'issue' | 'summary' | 'billed';

export interface Format {
  name: FormatName;
  title: string;
  system: string;
  /** Where each field may stand, in lower case; of several, the first that isn't empty counts. */
  columns: Partial<Record<Field, string[]>>;
  /** Fields that must be there; of several, any. What is only written, or of use, is not among them. */
  needs: Field[][];
  /** The cells that give it away: all of these columns are in its header. */
  signature?: string[];
  /** A "-" alone is an empty cell. */
  dashIsEmpty?: boolean;
  /** What a number alone is as a duration, by the name of its column. */
  duration?: (column: string) => Partial<DurationForm>;
  /** Minutes after midnight where a row without a time was read by earlier releases. */
  untimedAt?: number;
  text?: (text: string) => string;
}

const timetracker = (columns: string[]): Format => ({
  name: 'timetracker',
  title: 'an export of this time tracker',
  system: 'csv',
  columns: Object.fromEntries(READ_COLUMNS.map((name) => [name, [name]])) as Record<
    ReadName,
    string[]
  >,
  needs: [['start'], ['end', 'duration']],
  signature: FIRST_COLUMNS,
  text: columns.includes('client') ? unguard : unguardFirst,
});

const toggl: Format = {
  name: 'toggl',
  title: 'a detailed report of Toggl Track',
  system: 'toggl',
  columns: {
    date: ['start date'],
    start: ['start time'],
    endDate: ['stop date', 'end date'],
    end: ['stop time', 'end time'],
    duration: ['duration'],
    description: ['description'],
    task: ['task'],
    project: ['project'],
    client: ['client'],
    tags: ['tags'],
    billable: ['billable'],
  },
  needs: [['date'], ['start'], ['end', 'duration'], ['description']],
  signature: ['start date', 'start time', 'description'],
  dashIsEmpty: true,
};

const clockify: Format = {
  ...toggl,
  name: 'clockify',
  title: 'a detailed report of Clockify',
  system: 'clockify',
  columns: {
    ...toggl.columns,
    endDate: ['end date'],
    end: ['end time'],
    duration: ['duration (h)', 'duration (decimal)'],
    tags: ['tags', 'tag'],
  },
  signature: ['start date', 'start time', 'description', 'duration (h)'],
  dashIsEmpty: false,
};

const tempo: Format = {
  name: 'tempo',
  title: 'Tempo or Jira worklogs',
  system: 'tempo',
  columns: {
    issue: ['issue key', 'issue'],
    start: ['work date', 'started', 'date', 'start date'],
    duration: [
      'hours',
      'time spent',
      'time spent (hours)',
      'logged hours',
      'time spent (seconds)',
      'time spent (s)',
      'time spent seconds',
      'timespentseconds',
    ],
    description: ['work description', 'comment', 'description', 'worklog comment'],
    summary: ['issue summary', 'summary'],
    project: ['project name', 'project', 'project key'],
    client: ['account customer', 'customer'],
    tags: ['activity name', 'account name'],
    billed: ['billed hours', 'billable hours'],
    ref: ['worklog id', 'id'],
  },
  needs: [['issue'], ['duration'], ['start']],
  signature: ['issue key'],
  // Jira counts seconds; its texts count days of eight hours, and weeks of five of them.
  duration: (column) => ({
    unit: /seconds|\(s\)/.test(column) ? 'seconds' : 'hours',
    wholeIsSeconds: column === 'time spent',
    day: { hours: 8, week: 40 },
  }),
  untimedAt: 9 * 60,
};

const harvest: Format = {
  name: 'harvest',
  title: 'a detailed time report of Harvest',
  system: 'harvest',
  columns: {
    date: ['date'],
    start: ['started at', 'start time'],
    end: ['ended at', 'end time'],
    duration: ['hours'],
    description: ['notes'],
    task: ['task'],
    project: ['project'],
    client: ['client'],
    tags: ['task'],
    billable: ['billable?'],
  },
  needs: [['date'], ['duration']],
  signature: ['date', 'client', 'project', 'task', 'notes', 'hours'],
};

const kimai: Format = {
  name: 'kimai',
  title: 'an export of Kimai',
  system: 'kimai',
  columns: {
    date: ['date'],
    start: ['from', 'begin', 'start'],
    end: ['to', 'end'],
    duration: ['duration'],
    description: ['description'],
    task: ['activity'],
    project: ['project'],
    client: ['customer'],
    tags: ['tags'],
    billable: ['billable'],
    ref: ['id'],
  },
  needs: [['date'], ['start'], ['end', 'duration']],
  signature: ['date', 'from', 'to', 'customer', 'activity'],
};

/** What people call the columns of a table that they keep themselves. */
const GUESSES: Record<keyof Mapping, string[]> = {
  start: words('start|from|begin|start time|started|started at|von|beginn|début|inicio|inizio|od'),
  date: words('date|day|datum|tag|fecha|jour|data|work date'),
  end: words('end|to|stop|until|end time|ended at|bis|ende|fin|fine|do'),
  duration: words(
    'duration|hours|time spent|duration (h)|time (h)|dauer|stunden|durée|heures|horas|ore|uren|aantal uren',
  ),
  description: words(
    'description|notes|note|text|comment|what|beschreibung|notiz|tätigkeit|bezeichnung|descripción|descrizione|omschrijving|task|activity|aufgabe|title|summary',
  ),
  project: words('project|projekt|projet|proyecto|progetto|projeto'),
  client: words('client|customer|kunde|cliente|klant|klient|zákazník'),
  tags: words('tags|labels|tag|schlagwörter|étiquettes|etiquetas'),
  billable: words(
    'billable|billable?|abrechenbar|verrechenbar|facturable|fatturabile|factureerbaar',
  ),
  source: words('source|system'),
  ref: words('ref|id|worklog id'),
};

function words(text: string): string[] {
  return text.split('|');
}

/** A mapping of the columns by what people call them; undefined if nothing says when. */
function guessMapping(columns: string[]): Mapping | undefined {
  const mapping: Partial<Mapping> = {};
  const taken = new Set<string>();
  for (const [field, names] of Object.entries(GUESSES) as [keyof Mapping, string[]][]) {
    const column = names.find((name) => columns.includes(name) && !taken.has(name));
    if (column === undefined) continue;
    taken.add(column);
    mapping[field] = column;
  }
  const { start, date, end, duration: length, ...rest } = mapping;
  if (end === undefined && length === undefined) return undefined;
  const begins = start ?? date;
  if (begins === undefined) return undefined;
  return {
    ...rest,
    start: begins,
    ...(start !== undefined && date !== undefined && { date }),
    ...(end !== undefined && { end }),
    ...(length !== undefined && { duration: length }),
  };
}

function generic(mapping: Mapping): Format {
  const columns = Object.fromEntries(
    Object.entries(mapping).map(([field, column]) => [field, [normal(column)]]),
  ) as Format['columns'];
  return {
    name: 'generic',
    title: 'a file with the columns of the mapping',
    system: 'csv',
    columns,
    needs: Object.keys(mapping).map((field) => [field as Field]),
    untimedAt: 0,
  };
}

/** A column's name as it is compared. */
export const normal = (column: string) =>
  column.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();

const KNOWN = [toggl, clockify, tempo, harvest, kimai];
/** The most telling first: Clockify's columns are Toggl's and more. */
const BY_SIGNATURE = [clockify, toggl, tempo, kimai, harvest];

/**
 * How to read a file with these columns: as it is said, or as they give it away. Undefined if
 * nothing does.
 */
export function formatFor(
  name: FormatName | undefined,
  mapping: Mapping | undefined,
  columns: string[],
): { format: Format; mapping?: Mapping; guessed: boolean } | undefined {
  const has = (names: string[] = []) => names.every((column) => columns.includes(column));
  const own = has(FIRST_COLUMNS);
  // Our own export is known by its columns, so that choosing "another file" for it loses nothing.
  if (name === 'timetracker' || (own && (name === undefined || name === 'generic'))) {
    return { format: timetracker(columns), guessed: name !== 'timetracker' };
  }
  const said = KNOWN.find((format) => format.name === name);
  if (said) return { format: said, guessed: false };
  if (mapping && name === 'generic') return { format: generic(mapping), mapping, guessed: false };
  const known =
    name === undefined ? BY_SIGNATURE.find(({ signature }) => has(signature)) : undefined;
  if (known && missing(known, columns).length === 0) return { format: known, guessed: true };
  const guess = mapping ?? guessMapping(columns);
  return guess && { format: generic(guess), mapping: guess, guessed: true };
}

/** The names of the first thing that must be there and isn't. */
export function missing({ needs, columns: of }: Format, columns: string[]): string[] {
  const absent = needs.find(
    (fields) => !fields.some((field) => of[field]?.some((name) => columns.includes(name))),
  );
  return absent?.flatMap((field) => of[field] ?? []) ?? [];
}

/** Reads the lines of a format. What it throws is a RowError or a LeftOut. */
export function createRowReader(format: Format, header: string[], reading: Reading) {
  const columns = header.map(normal);
  const places = Object.fromEntries(
    Object.entries(format.columns).map(([field, names]) => [
      field,
      (names ?? []).map((name) => columns.indexOf(name)).filter((place) => place >= 0),
    ]),
  ) as Partial<Record<Field, number[]>>;
  let cells: string[] = [];
  const clean = (cell: string) => {
    const text = format.text ? format.text(cell) : cell;
    return format.dashIsEmpty && text.trim() === '-' ? '' : text;
  };
  /** The place of the cell that counts, of those that a field may stand in. */
  const placeOf = (field: Field) =>
    places[field]?.find((place) => clean(cells[place] ?? '').trim() !== '') ?? places[field]?.[0];
  const get = (field: Field) => {
    const place = placeOf(field);
    return place === undefined ? '' : clean(cells[place] ?? '');
  };
  /** What is wrong with a cell names it. */
  function read<T>(field: Field, how: (text: string, column: string) => T): T {
    const place = placeOf(field);
    const text = get(field).trim();
    try {
      return how(text, place === undefined ? '' : (columns[place] ?? ''));
    } catch (error) {
      if (error instanceof RowError && place !== undefined) {
        error.column = header[place] ?? '';
        error.value = text;
      }
      throw error;
    }
  }
  const lengthOf = (field: 'duration' | 'billed') =>
    read(field, (text, column) =>
      duration(text, { decimal: reading.decimal, unit: 'hours', ...format.duration?.(column) }),
    );
  /** The end counts, where there is one: a duration beside it only helps. */
  function lengthBeside(end: string): number | undefined {
    try {
      return lengthOf('duration');
    } catch (error) {
      if (end === '') throw error;
      return undefined;
    }
  }
  /** What a cell says about when; of a kind that its column can have. */
  const at = (field: Field, kind?: 'date' | 'time') =>
    read(field, (text) => {
      const said = when(text, reading.order, kind);
      if (kind === 'date' && 'time' in said && !('date' in said)) {
        throw new RowError(`"${text}" is not a date`);
      }
      return said;
    });

  /** The instants that a cell may mean, with the date of another where it has a time alone. */
  function instants(said: When, date: number | undefined, field: Field): number[] {
    if ('instant' in said) return [said.instant];
    if ('date' in said) return instantsOf(reading.zone, said);
    if (date === undefined) {
      return read(placeOf('date') === undefined ? field : 'date', (text) => {
        throw new RowError(text ? 'it has a time, but no date' : 'the date is missing');
      });
    }
    return instantsOf(reading.zone, { date, time: said.time });
  }

  function times(): Span & { placed: boolean; identity: Span } {
    const date = get('date').trim() === '' ? undefined : at('date', 'date');
    const first = get('start').trim() === '' ? date : at('start', format.columns.date && 'time');
    if (first === undefined) {
      return read(placeOf('date') === undefined ? 'start' : 'date', () => {
        throw new RowError('the date is missing');
      });
    }
    const dayOf = (said: When | undefined): number | undefined =>
      said && 'date' in said ? said.date : undefined;
    const day = dayOf(first) ?? dayOf(date);
    const said = get('duration').trim() === '' ? undefined : lengthBeside(get('end').trim());
    if (get('end').trim() === '') {
      if (said === undefined) {
        if (placeOf('end') !== undefined || placeOf('duration') !== undefined) {
          throw new LeftOut('it has no end and no duration: it was running when it was exported');
        }
        throw new RowError('end and duration are missing');
      }
      if (day !== undefined && 'date' in first && first.time === undefined) return place(day, said);
      const start = Math.floor((instants(first, day, 'start')[0] ?? 0) / 1000);
      const span = { start, end: start + said };
      return { ...span, placed: false, identity: span };
    }
    const starts = instants(first, day, 'start');
    const last = at('end', format.columns.date && 'time');
    const lastDay = get('endDate').trim() === '' ? undefined : dayOf(at('endDate', 'date'));
    const onDay = lastDay ?? day;
    let span = spanOf(starts, instants(last, onDay, 'end'), said);
    if (
      !span &&
      !('date' in last || 'instant' in last) &&
      lastDay === undefined &&
      day !== undefined
    ) {
      span = spanOf(starts, instants(last, day + 24 * 3600_000, 'end'), said);
    }
    if (!span) {
      return read('end', () => {
        throw new RowError('it ends before it starts', 'Look at its start and its end.');
      });
    }
    return { ...span, placed: false, identity: span };
  }

  /** As it is said of those that were placed when they first came. */
  function placedTimes() {
    const read = times();
    return { ...read, placed: read.placed || yesNo(get('placed').trim()) === true };
  }

  /** One after the other, from where the workday begins. */
  function place(day: number, seconds: number) {
    const of = (minutes: number) =>
      Math.floor((reading.zone.instants(day + minutes * 60_000)[0] ?? 0) / 1000);
    const start = reading.filled.get(day) ?? of(reading.workdayStart);
    reading.filled.set(day, start + seconds);
    const from = of(format.untimedAt ?? 0);
    return {
      ...{ start, end: start + seconds, placed: true },
      identity: { start: from, end: from + seconds },
    };
  }

  /** What the column of a field is called in the file, and its value in the line read last. */
  const cellOf = (field: Field) => {
    const place = placeOf(field);
    return place === undefined ? undefined : { column: header[place] ?? '', value: get(field) };
  };
  function readRow(line: string[]): ImportedRow {
    cells = line;
    const dated = [get('date'), get('start')].some((text) => text.trim() !== '');
    if (!dated && line.slice(0, 5).some(isTotal)) throw new LeftOut('it is a sum of other lines');
    const billed = get('billed').trim();
    const said = get('description') || get('summary') || get('task');
    return {
      system: name(get('source')) || format.system,
      ref: name(get('ref')) || null,
      ...placedTimes(),
      description: (format.columns.issue ? [name(get('issue')), said.trim()] : [said])
        .filter(Boolean)
        .join(' ')
        .normalize('NFC'),
      project: name(get('project')),
      client: name(get('client')),
      tags: tagList(get('tags')),
      billable: format.columns.billed
        ? billed !== '' && lengthOf('billed') > 0
        : read('billable', (text) => {
            const yes = yesNo(text);
            if (yes !== undefined) return yes;
            throw new RowError(`"${text}" is neither yes nor no`);
          }),
    };
  }
  return { readRow, cellOf };
}

export type RowReader = ReturnType<typeof createRowReader>;

/** What has a name has it in one line, and in one way of writing an accent. */
const name = (text: string) =>
  text
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\s\u0001-\u001f\u007f]+/g, ' ')
    .trim();

const tagList = (text: string) => [...new Set(text.split(',').map(name).filter(Boolean))];
