// What a file's format and its columns' meanings are called here.
import type { ImportFormat, ImportMapping, ImportResult } from '../api/types.ts';

export const formats = {
  toggl: 'Toggl Track, detailed report',
  clockify: 'Clockify, detailed report',
  tempo: 'Tempo or Jira worklogs',
  harvest: 'Harvest, detailed time report',
  kimai: 'Kimai, export',
  timetracker: 'An export of this time tracker',
  generic: 'Another table: I say which column is what',
} as const satisfies Record<ImportFormat, string>;

type Reading = ImportResult['reading'];

export const encodings = {
  'utf-8': 'UTF-8',
  'windows-1252': 'Windows-1252 (older Excel)',
  'utf-16le': 'UTF-16, little end first',
  'utf-16be': 'UTF-16, big end first',
} as const satisfies Record<Reading['encoding'], string>;

export const dateOrders = {
  dmy: 'Day first: 31/12/2026',
  mdy: 'Month first: 12/31/2026',
} as const satisfies Record<NonNullable<Reading['dateOrder']>, string>;

export const decimalSigns = {
  '.': 'A point: 1.5 hours',
  ',': 'A comma: 1,5 hours',
} as const satisfies Record<NonNullable<Reading['decimalSign']>, string>;

export const mappingFields = {
  start: 'Start, or the day',
  date: 'Date, if times stand alone',
  end: 'End',
  duration: 'Duration',
  description: 'Description',
  project: 'Project',
  client: 'Client',
  tags: 'Tags',
  billable: 'Billable',
  source: 'Source',
  ref: 'Id there',
} as const satisfies Record<keyof ImportMapping, string>;

export const statuses = {
  uploading: 'Not looked at',
  previewed: 'Not started',
  waiting: 'Waits',
  running: 'At work',
  done: 'Imported',
  failed: 'Failed',
  undone: 'Undone',
} as const;

const number = new Intl.NumberFormat('en');

/** "1,204 entries", "1 entry". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}
export const entriesText = (count: number) => counted(count, 'entry', 'entries');
export const projectText = ({ name, client }: { name: string; client: string | null }) =>
  client ? `${name} · ${client}` : name;
