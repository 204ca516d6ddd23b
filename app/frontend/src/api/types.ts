// What the API takes and gives, as far as the page uses it.
import type { WeekStart } from '../lib/zone.ts';

export type Id = string;

export interface Project {
  id: Id;
  name: string;
  color: string;
  archived: boolean;
}

export interface Source {
  system: string;
  ref?: string;
}

export interface Entry {
  id: Id;
  start: string;
  end: string | null;
  description: string;
  project: Pick<Project, 'id' | 'name' | 'color'> | null;
  tags: string[];
  billable: boolean;
  source: Source;
  overlaps: boolean;
}

export interface EntryInput {
  start: string;
  end: string;
  description: string;
  project: Id | null;
  tags: string[];
  billable: boolean;
}

export type TimerInput = Pick<EntryInput, 'description' | 'project' | 'tags' | 'billable'>;

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export type Rounding = 'none' | 'nearest' | 'up' | 'down';

export interface Settings {
  timezone: string;
  weekStart: WeekStart;
  rounding: { mode: Rounding; minutes: number };
}

export interface Totals {
  seconds: number;
  billableSeconds: number;
  entries: number;
}

export interface ReportGroup extends Totals {
  /** The first day of the day, week or month; a project's id; a tag. Null: none. */
  key: string | null;
  name: string;
  color?: string;
}

export interface Report {
  total: Totals;
  groups: ReportGroup[];
}

export interface ImportResult {
  importId: string;
  counts: { new: number; duplicate: number; error: number };
  errors: { line: number; reason: string }[];
  sample: { start: string; end: string; description: string; project: string | null }[];
}

export interface ImportProgress {
  done: number;
  total: number | null;
}
