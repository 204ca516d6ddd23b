import type { Static } from 'typebox';
import { unguard } from '../exports/formula.js';
import type { ImportForm } from '../schemas/imports.js';
import { type DateOrder, duration, instant, RowError, wallClock } from './clock.js';

export interface ImportedRow {
  system: string;
  /** What identifies it in that system. Null: its content does. */
  ref: string | null;
  /** Seconds since 1970. */
  start: number;
  end: number;
  description: string;
  project: string;
  tags: string[];
  billable: boolean;
}

/** The cells of a line by the names of their columns, '' for a column that is not there. */
export type Cells = (...names: string[]) => string;

export interface Reading {
  zone: string;
  order: DateOrder;
}

export interface Format {
  title: string;
  /** Columns that must be there; of several names, any. */
  needs: string[][];
  /** A cell from which the order of day and month may be seen. */
  date: (cells: Cells) => string;
  read: (cells: Cells, reading: Reading) => ImportedRow;
}

export type FormatName = Static<typeof ImportForm>['format'];
export type Mapping = NonNullable<Static<typeof ImportForm>['mapping']>;

/** Our own export's columns. `duration` is for the reader; an import takes `end`. */
export const EXPORT_COLUMNS = [
  'start',
  'end',
  'duration',
  'description',
  'project',
  'tags',
  'billable',
  'source',
  'ref',
];

const timetracker: Format = {
  title: 'an export of this time tracker',
  needs: EXPORT_COLUMNS.filter((name) => name !== 'duration').map((name) => [name]),
  date: () => '',
  read(cells, { zone, order }) {
    const text = (name: string) => unguard(cells(name));
    return {
      system: text('source'),
      ref: text('ref'),
      start: instant(cells('start'), zone, order),
      end: instant(cells('end'), zone, order),
      description: text('description'),
      project: text('project'),
      tags: tagList(text('tags')),
      billable: yesNo(cells('billable')),
    };
  },
};

const toggl: Format = {
  title: 'a detailed report of Toggl Track',
  needs: [['start date'], ['start time'], ['stop time', 'end time', 'duration'], ['description']],
  date: (cells) => cells('start date'),
  read(cells, reading) {
    const start = wallClock(cells('start date'), cells('start time'), reading.zone, reading.order);
    return {
      system: 'toggl',
      ref: null,
      start,
      end: endOf(cells, start, ['stop date', 'end date'], ['stop time', 'end time'], reading),
      description: cells('description') || cells('task'),
      project: cells('project'),
      tags: tagList(cells('tags')),
      billable: yesNo(cells('billable')),
    };
  },
};

const clockify: Format = {
  title: 'a detailed report of Clockify',
  needs: [['start date'], ['start time'], ['end time', 'duration (h)'], ['description']],
  date: (cells) => cells('start date'),
  read(cells, reading) {
    const start = wallClock(cells('start date'), cells('start time'), reading.zone, reading.order);
    return {
      system: 'clockify',
      ref: null,
      start,
      end: endOf(cells, start, ['end date'], ['end time'], reading),
      description: cells('description') || cells('task'),
      project: cells('project'),
      tags: tagList(cells('tags', 'tag')),
      billable: yesNo(cells('billable')),
    };
  },
};

/** A work date without a time is taken as 9 o'clock, as Tempo shows it. */
const tempo: Format = {
  title: 'Tempo or Jira worklogs',
  needs: [
    ['issue key'],
    ['hours', 'time spent', 'time spent (hours)', 'logged hours'],
    ['work date', 'started', 'date'],
  ],
  date: (cells) => cells('work date', 'started', 'date'),
  read(cells, { zone, order }) {
    const date = cells('work date', 'started', 'date');
    const start = instant(/[:]/.test(date) ? date : `${date} 09:00`, zone, order);
    const said = cells('work description', 'comment', 'description');
    const billed = cells('billed hours', 'billable hours');
    return {
      system: 'tempo',
      ref: cells('worklog id', 'id') || null,
      start,
      end: start + duration(cells('hours', 'time spent', 'time spent (hours)', 'logged hours')),
      description: [cells('issue key'), said || cells('issue summary', 'summary')]
        .filter(Boolean)
        .join(' '),
      project: cells('project name', 'project', 'project key'),
      tags: tagList(cells('activity name', 'account name')),
      billable: billed !== '' && duration(billed) > 0,
    };
  },
};

function generic(mapping: Mapping): Format {
  const cell = (cells: Cells, name: keyof Mapping) => {
    const column = mapping[name];
    return column === undefined ? '' : cells(column.trim().toLowerCase());
  };
  return {
    title: 'a file with the columns of the mapping',
    needs: Object.values(mapping).map((column) => [column.trim().toLowerCase()]),
    date: (cells) => cell(cells, 'date') || cell(cells, 'start'),
    read(cells, { zone, order }) {
      const day = cell(cells, 'date');
      const at = (text: string) =>
        instant(day && /^\d{1,2}:\d\d/.test(text) ? `${day} ${text}` : text, zone, order);
      const start = at(cell(cells, 'start'));
      const end = cell(cells, 'end');
      return {
        system: cell(cells, 'source') || 'csv',
        ref: cell(cells, 'ref') || null,
        start,
        end: end ? at(end) : start + duration(cell(cells, 'duration')),
        description: cell(cells, 'description'),
        project: cell(cells, 'project'),
        tags: tagList(cell(cells, 'tags')),
        billable: yesNo(cell(cells, 'billable')),
      };
    },
  };
}

/** How to read a file of this format with these columns (in lower case). */
export function formatFor(
  name: FormatName,
  mapping: Mapping | undefined,
  columns: string[],
): Format {
  const own = EXPORT_COLUMNS.every((column) => columns.includes(column));
  if (name === 'toggl') return toggl;
  if (name === 'clockify') return clockify;
  if (name === 'tempo') return tempo;
  // Our own export is known by its columns, so that choosing "another file" for it loses nothing.
  if (name === 'timetracker' || own || !mapping) return timetracker;
  return generic(mapping);
}

function endOf(cells: Cells, start: number, dates: string[], times: string[], reading: Reading) {
  const time = cells(...times);
  if (time === '') return start + duration(cells('duration', 'duration (h)'));
  const date = cells(...dates) || cells('start date');
  return wallClock(date, time, reading.zone, reading.order);
}

const tagList = (text: string) => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

function yesNo(text: string): boolean {
  if (/^(yes|true|1|y|x|billable)$/i.test(text)) return true;
  if (/^(no|false|0|n|non-billable|)$/i.test(text)) return false;
  throw new RowError(`billable is "${text}", neither yes nor no`);
}
