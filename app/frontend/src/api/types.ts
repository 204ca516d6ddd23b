// Names for what the API takes and gives; what is in them comes from openapi.json.
import type { Answer, Body } from './operations.ts';

export type Entry = Answer<'GET', '/api/entries/{id}'>;
export type EntryPage = Answer<'GET', '/api/entries'>;
/** An entry as the forms have it, with nothing left out. */
export type EntryInput = Required<Body<'POST', '/api/entries'>>;
export type TimerInput = Required<Body<'POST', '/api/timer/start'>>;

export type Project = Answer<'GET', '/api/projects'>['items'][number];
export type Id = Project['id'];

export type Settings = Answer<'GET', '/api/settings'>;
export type Rounding = Settings['rounding']['mode'];

export type Report = Answer<'GET', '/api/reports/summary'>;
export type ReportGroup = Report['groups'][number];
export type Totals = Report['total'];

export type ImportInput = Body<'POST', '/api/imports'>;
export type ImportFormat = NonNullable<ImportInput['format']>;
export type ImportMapping = NonNullable<ImportInput['mapping']>;
export type ImportResult = Answer<'POST', '/api/imports'>;
export type ImportProgress = Answer<'GET', '/api/imports/{id}'>;
