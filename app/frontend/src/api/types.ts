// Names for what the API takes and gives; what is in them comes from openapi.json.
import type { Answer, Body } from './operations.ts';

export type Entry = Answer<'GET', '/api/entries/{id}'>;
export type EntryPage = Answer<'GET', '/api/entries'>;
/** An entry as the forms have it, with nothing left out. */
export type EntryInput = Required<Body<'POST', '/api/entries'>>;
export type TimerInput = Required<Body<'POST', '/api/timer/start'>>;

export type Project = Answer<'GET', '/api/projects'>['items'][number];
export type Id = Project['id'];

export type Client = Answer<'GET', '/api/clients'>['items'][number];

export type Settings = Answer<'GET', '/api/settings'>;
export type Rounding = Settings['rounding'];

export type Report = Answer<'GET', '/api/reports/summary'>;
export type ReportGroup = Report['groups'][number];
export type Totals = Report['total'];

/** What an upload is sent with: the file alone, the rest is said when it has been looked at. */
export type ImportInput = Body<'POST', '/api/imports/preview'>;
export type ImportOptions = Body<'POST', '/api/imports/{id}/start'>;
export type ImportFormat = NonNullable<ImportOptions['format']>;
export type ImportMapping = NonNullable<ImportOptions['mapping']>;
export type ImportResult = Answer<'POST', '/api/imports/preview'>;
export type ImportList = Answer<'GET', '/api/imports'>;
export type ImportProgress = Answer<'GET', '/api/imports/{id}'>;
