// What the browser can tell of a file before the server reads it: its columns, and whose it is.
import type { ImportFormat, ImportMapping } from '../api/types.ts';

export const formats = {
  toggl: 'Toggl Track, detailed report',
  clockify: 'Clockify, detailed report',
  tempo: 'Tempo or Jira worklogs',
  harvest: 'Harvest, detailed time report',
  kimai: 'Kimai, export',
  timetracker: 'An export of this time tracker',
  generic: 'Another CSV file',
} as const satisfies Record<ImportFormat, string>;

/** The cells of a CSV text's first line; the separator is the commonest of comma, semicolon, tab. */
export function columnsOf(text: string): string[] {
  const cells = [''];
  let quoted = false;
  const clean = text.replace(/^\uFEFF/, '');
  const line = clean.slice(0, Math.max(clean.search(/\r?\n/), 0) || clean.length);
  const separator = [';', '\t', ','].reduce((best, each) =>
    line.split(each).length > line.split(best).length ? each : best,
  );
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === '"' && quoted && line[at + 1] === '"') {
      cells[cells.length - 1] += '"';
      at++;
    } else if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) cells.push('');
    else cells[cells.length - 1] += char;
  }
  return cells.map((cell) => cell.trim());
}

/** Whose export has these columns. */
export function detect(columns: string[]): ImportFormat {
  const has = (...names: string[]) =>
    names.every((name) => columns.some((column) => column.toLowerCase() === name));
  if (has('start', 'end', 'source', 'ref')) return 'timetracker';
  if (has('start date', 'start time')) return has('duration (h)') ? 'clockify' : 'toggl';
  if (has('issue key')) return 'tempo';
  return 'generic';
}

export interface MappingField {
  key: keyof ImportMapping;
  label: string;
  required?: boolean;
  /** Names that columns of that meaning often have. */
  guess: RegExp;
}

export const mappingFields: MappingField[] = [
  { key: 'start', label: 'Start', required: true, guess: /^(start|from|begin)|started/i },
  { key: 'date', label: 'Date, if times stand alone', guess: /^(date|day)$/i },
  { key: 'end', label: 'End', guess: /^(end|to$|stop|finish)/i },
  { key: 'duration', label: 'Duration', guess: /duration|hours|time spent/i },
  { key: 'description', label: 'Description', guess: /descri|comment|note|summary|title/i },
  { key: 'project', label: 'Project', guess: /project/i },
  { key: 'tags', label: 'Tags', guess: /tags?|labels?/i },
  { key: 'billable', label: 'Billable', guess: /billable/i },
  { key: 'source', label: 'Source', guess: /^(source|system)$/i },
  { key: 'ref', label: 'Id there', guess: /^(id|ref|key|uuid)$/i },
];

export function guessMapping(columns: string[]): Partial<ImportMapping> {
  const mapping: Partial<ImportMapping> = {};
  for (const { key, guess } of mappingFields) {
    const column = columns.find((name) => guess.test(name));
    if (column !== undefined) mapping[key] = column;
  }
  return mapping;
}
