import { Type } from 'typebox';
import { Id, Instant, Nullable, OneOf, TimeZone } from './common.js';

const Column = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));

const Format = OneOf(['toggl', 'clockify', 'tempo', 'harvest', 'kimai', 'timetracker', 'generic'], {
  description: 'Made out from the columns, if it is left out',
});

const Mapping = Type.Object(
  {
    start: Type.String({ minLength: 1, maxLength: 200 }),
    date: Column,
    end: Column,
    duration: Column,
    description: Column,
    project: Column,
    client: Column,
    tags: Column,
    billable: Column,
    source: Column,
    ref: Column,
  },
  {
    additionalProperties: false,
    description: 'For a generic file: which column is what. `date`, if times stand alone',
  },
);

const DateOrder = OneOf(['mdy', 'dmy'], {
  description: 'Which comes first in dates like 03/04/2026: month or day',
});

const Encoding = OneOf(['utf-8', 'windows-1252', 'utf-16le', 'utf-16be']);

const DecimalSign = OneOf(['.', ','], {
  description: 'What stands before the fraction of a number',
});

/** How a file is read, and what of it is taken. */
const options = {
  format: Type.Optional(Format),
  timezone: Type.Optional(TimeZone),
  mapping: Type.Optional(Mapping),
  dateOrder: Type.Optional(DateOrder),
  encoding: Type.Optional(Encoding),
  decimalSign: Type.Optional(DecimalSign),
  acceptGood: Type.Optional(
    Type.Boolean({
      description: 'Import the good lines although others are bad. Else one bad line refuses all',
      default: false,
    }),
  ),
  differing: Type.Optional(
    OneOf(['new', 'update', 'leave'], {
      description:
        'What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out',
      default: 'new',
    }),
  ),
};

export const ImportOptions = Type.Object(options, { additionalProperties: false });

/** Fields of a form; the file comes last. */
export const ImportForm = Type.Object(
  {
    ...options,
    importId: Type.Optional(Id),
    file: Type.String({
      contentMediaType: 'text/csv',
      description: 'CSV in any usual encoding, at most 32 MiB',
    }),
  },
  { additionalProperties: false },
);

const Count = Type.Integer();
const ProjectName = Type.Object({ name: Type.String(), client: Nullable(Type.String()) });
const some = (what: string) => ({ description: `${what}: the first hundred` });

export const ImportResult = Type.Object(
  {
    importId: Id,
    fileName: Type.String(),
    counts: Type.Object({
      new: Count,
      duplicate: Count,
      error: Count,
      leftOut: Type.Integer({ description: 'Sums, and timers that were still running' }),
      differing: Type.Integer({
        description:
          'Lines with the times and the text of an entry that is there, but another project; counted under `new`, unless they are to be updated or left',
      }),
      updated: Count,
    }),
    period: Nullable(
      Type.Object({
        first: Type.String({ format: 'date', description: 'The first day, in the zone' }),
        last: Type.String({ format: 'date' }),
      }),
    ),
    seconds: Type.Integer({ description: 'Of all lines that can be read' }),
    longest: Nullable(
      Type.Object({ line: Count, seconds: Count, start: Instant, description: Type.String() }),
    ),
    overDay: Type.Integer({ description: 'Lines of more than 24 hours' }),
    placed: Type.Integer({ description: 'Lines with a day and hours, but no time' }),
    added: Type.Object(
      {
        projects: Type.Array(ProjectName, some('New ones')),
        clients: Type.Array(Type.String(), some('New ones')),
        tags: Type.Array(Type.String(), some('New ones')),
        adopted: Type.Array(ProjectName, some('Projects that are there and get their client')),
        counts: Type.Object({ projects: Count, clients: Count, tags: Count, adopted: Count }),
      },
      { description: 'What comes into being beside entries' },
    ),
    columns: Type.Array(Type.String(), { description: 'Of the file, in its order' }),
    reading: Type.Object(
      {
        format: Format,
        mapping: Type.Optional(Mapping),
        timezone: TimeZone,
        dateOrder: Nullable(DateOrder),
        encoding: Encoding,
        decimalSign: Nullable(DecimalSign),
        delimiter: Type.String(),
        guessed: Type.Array(Type.String(), {
          description: 'Which of these were made out and could be otherwise',
        }),
      },
      { description: 'How the file was read; each can be said when it is read again' },
    ),
    errors: Type.Array(
      Type.Object({
        line: Count,
        column: Nullable(Type.String()),
        value: Nullable(Type.String()),
        reason: Type.String(),
        hint: Nullable(Type.String()),
      }),
      some('Bad lines'),
    ),
    leftOut: Type.Array(
      Type.Object({ line: Count, reason: Type.String() }),
      some('Lines that are no entries'),
    ),
    differing: Type.Array(
      Type.Object({
        line: Count,
        entry: Id,
        start: Instant,
        end: Instant,
        description: Type.String(),
        project: Nullable(Type.String()),
        before: Nullable(Type.String()),
      }),
      some('Lines that differ from an entry in their project'),
    ),
    sample: Type.Array(
      Type.Object({
        line: Count,
        start: Instant,
        end: Instant,
        description: Type.String(),
        project: Nullable(Type.String()),
        client: Nullable(Type.String()),
        tags: Type.Array(Type.String()),
        billable: Type.Boolean(),
        placed: Type.Boolean(),
      }),
      { description: 'The first new ones' },
    ),
  },
  { title: 'ImportResult' },
);

const Status = OneOf([
  ...(['uploading', 'previewed', 'waiting', 'running', 'done', 'failed', 'undone'] as const),
]);

export const ImportProgress = Type.Object(
  {
    id: Id,
    status: Status,
    fileName: Type.String(),
    done: Type.Integer({ description: 'Lines read' }),
    total: Nullable(Type.Integer({ description: 'Lines in the file, known after a preview' })),
    written: Type.Integer({ description: 'Entries written, once all lines are read' }),
    ahead: Type.Integer({ description: 'Imports that are waited for' }),
    createdAt: Instant,
    endedAt: Nullable(Instant),
    options: ImportOptions,
    result: Nullable(ImportResult),
    problem: Nullable(
      Type.Object(
        { status: Type.Integer(), detail: Type.String() },
        { description: 'If it failed' },
      ),
    ),
  },
  { title: 'Import' },
);

export const ImportList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Id,
      status: Status,
      fileName: Type.String(),
      createdAt: Instant,
      endedAt: Nullable(Instant),
      counts: Nullable(
        Type.Object({ new: Count, duplicate: Count, error: Count, leftOut: Count, updated: Count }),
      ),
      entries: Type.Integer({ description: 'Its entries that are there now' }),
    }),
  ),
  nextCursor: Nullable(Type.String()),
});

export const Undone = Type.Object({
  entries: Type.Integer({ description: 'Entries that were taken out' }),
  restored: Type.Integer({ description: 'Entries that have their project of before' }),
  removed: Type.Object({ projects: Count, clients: Count, tags: Count }),
});
