// The one list of what of an entry is written, what an import reads of that, and what has been
// there since the first version. An export is for ever: a column is never taken away, and a new one
// is at the end, written and perhaps read, but never needed.
import type { Static } from 'typebox';
import type { EntryRow } from '../entries/entries.js';
import { iso } from '../entries/times.js';
import { round } from '../rounding.js';
import type { Entry } from '../schemas/entries.js';
import type { Settings } from '../settings.js';
import type { Zone } from '../zone.js';
import { guard } from './formula.js';

/** How an export is written. */
export interface ExportForm {
  zone: Zone;
  /** Rounds each entry, where that is what is rounded. */
  rounding: Settings['rounding'];
  separator: ',' | ';' | '\t';
  /** A byte order mark, by which Excel knows UTF-8. */
  mark: boolean;
}

export interface Times {
  start: number;
  end: number;
  seconds: number;
  localStart: number;
  localEnd: number;
}

export interface Column {
  name: string;
  /** The entry's field that it has, or is told from. */
  of: keyof Static<typeof Entry>;
  /** The version of the format that it came with. */
  since: 1 | 2;
  /** Whether an import reads it; others are for people. */
  read: boolean;
  text(row: EntryRow, times: Times, form: ExportForm): string;
  /** Whether it is written at all. */
  when?(form: ExportForm): boolean;
}

/** Fields of an entry that are not written: they are made anew, or told from others. */
export const NOT_EXPORTED = ['id', 'overlaps', 'version'] as const satisfies Column['of'][];

export const isRounded = ({ rounding: { mode, per } }: ExportForm) =>
  mode !== 'none' && per === 'entry';
export const roundedHours = (seconds: number, { rounding: { mode, minutes } }: ExportForm) =>
  round(mode, seconds, minutes * 60) / 3600;

const short = (time: number) => iso(time).replace('.000Z', 'Z');
const local = (time: number) => iso(time).slice(0, 19).replace('T', ' ');
const yesNo = (yes: boolean | null) => (yes ? 'yes' : 'no');

function clock(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Where cells are cut at semicolons, a comma stands before the fraction. */
const decimal = (hours: number, { separator }: ExportForm) =>
  separator === ';' ? hours.toFixed(4).replace('.', ',') : hours.toFixed(4);

export const COLUMNS = [
  { name: 'start', of: 'start', since: 1, read: true, text: (_, { start }) => short(start) },
  { name: 'end', of: 'end', since: 1, read: true, text: (_, { end }) => short(end) },
  { name: 'duration', of: 'end', since: 1, read: true, text: (_, { seconds }) => clock(seconds) },
  {
    ...{ name: 'description', of: 'description', since: 1, read: true },
    text: ({ description }) => guard(description),
  },
  {
    ...{ name: 'project', of: 'project', since: 1, read: true },
    text: ({ project_name }) => guard(project_name ?? ''),
  },
  {
    ...{ name: 'tags', of: 'tags', since: 1, read: true },
    text: ({ tags }) => guard(tags.join(', ')),
  },
  {
    ...{ name: 'billable', of: 'billable', since: 1, read: true },
    text: ({ billable }) => yesNo(billable),
  },
  {
    ...{ name: 'source', of: 'source', since: 1, read: true },
    text: ({ source_system }) => guard(source_system),
  },
  {
    ...{ name: 'ref', of: 'source', since: 1, read: true },
    text: ({ source_ref }) => guard(source_ref),
  },
  {
    ...{ name: 'client', of: 'project', since: 2, read: true },
    text: ({ client_name }) => guard(client_name ?? ''),
  },
  {
    ...{ name: 'hours', of: 'end', since: 2, read: false },
    text: (_, { seconds }, form) => decimal(seconds / 3600, form),
  },
  {
    ...{ name: 'local start', of: 'start', since: 2, read: false },
    text: (_, { localStart }) => local(localStart),
  },
  {
    ...{ name: 'local end', of: 'end', since: 2, read: false },
    text: (_, { localEnd }) => local(localEnd),
  },
  {
    ...{ name: 'time zone', of: 'start', since: 2, read: false },
    text: (_, __, { zone }) => zone.name,
  },
  {
    ...{ name: 'placed', of: 'placed', since: 2, read: true },
    text: ({ placed }) => yesNo(placed),
  },
  {
    ...{ name: 'rounded hours', of: 'end', since: 2, read: false },
    text: (_, { seconds }, form) => decimal(roundedHours(seconds, form), form),
    when: isRounded,
  },
] as const satisfies Column[];

type Name<C> = C extends { name: infer N; read: true } ? N : never;
/** What an import reads of them. */
export type ReadName = Name<(typeof COLUMNS)[number]>;
export const READ_COLUMNS = COLUMNS.filter(({ read }) => read).map(({ name }) => name as ReadName);
/** By which a file gives itself away as ours, whatever its version. */
export const FIRST_COLUMNS: string[] = COLUMNS.filter(({ since }) => since === 1).map(
  ({ name }) => name,
);
