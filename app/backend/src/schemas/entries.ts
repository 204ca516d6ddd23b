import { Type } from 'typebox';
import { Id, Instant, Nullable, PRINTABLE } from './common.js';

export const Tag = Type.String({
  pattern:
    '^[^\\u0000-\\u001f\\u007f,\\s]([^\\u0000-\\u001f\\u007f,]*[^\\u0000-\\u001f\\u007f,\\s])?$',
  maxLength: 100,
  description: 'Without a comma, and without space around it',
});

export const Tags = Type.Array(Tag, { maxItems: 50, uniqueItems: true });

export const MAX_DESCRIPTION = 3000;
const Description = Type.String({ maxLength: MAX_DESCRIPTION, pattern: '^[^\\u0000]*$' });

export const System = Type.String({ minLength: 1, maxLength: 100, pattern: PRINTABLE });

export const Entry = Type.Object(
  {
    id: Id,
    start: Instant,
    end: Nullable(Instant),
    description: Type.String(),
    project: Nullable(
      Type.Object({
        id: Id,
        name: Type.String(),
        color: Type.String(),
        client: Nullable(Type.Object({ id: Id, name: Type.String() })),
      }),
    ),
    tags: Type.Array(Type.String()),
    billable: Type.Boolean(),
    source: Type.Object({
      system: Type.String({ description: '`manual`, or the system that it was imported from' }),
      ref: Type.Optional(Type.String({ description: 'What identifies it there' })),
    }),
    overlaps: Type.Boolean({ description: 'Whether another entry is on at the same time' }),
    placed: Type.Boolean({
      description: 'Imported with a day and hours only: its place in the day is made up',
    }),
    version: Type.String({ description: 'For `If-Match`, in quotes; changes with what can be' }),
  },
  { title: 'Entry' },
);

const about = {
  description: Type.Optional(Description),
  project: Type.Optional(Nullable(Id)),
  tags: Type.Optional(Tags),
  billable: Type.Optional(Type.Boolean()),
};

export const NewEntry = Type.Object(
  { start: Instant, end: Instant, ...about },
  { additionalProperties: false },
);

export const EntryChange = Type.Object(
  { start: Type.Optional(Instant), end: Type.Optional(Instant), ...about },
  { additionalProperties: false, minProperties: 1 },
);

export const NewTimer = Type.Object(about, { additionalProperties: false });

export const Split = Type.Object({ at: Instant }, { additionalProperties: false });

/** What narrows a list, an export or a report. */
export const entryFilter = {
  from: Type.Optional(
    Type.String({ format: 'date-time', description: 'Entries that touch the time from here' }),
  ),
  to: Type.Optional(
    Type.String({ format: 'date-time', description: 'to here, this instant not included' }),
  ),
  project: Type.Optional(Id),
  client: Type.Optional(Id),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: PRINTABLE })),
  billable: Type.Optional(Type.Boolean()),
  source: Type.Optional(System),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: PRINTABLE,
      description: 'Found anywhere in the description, whatever its case and accents',
    }),
  ),
};

export const EntryFilter = Type.Object(entryFilter, { additionalProperties: false });

export const EntryQuery = Type.Object(
  {
    ...entryFilter,
    cursor: Type.Optional(Type.String({ maxLength: 200, description: '`nextCursor` of a page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  { additionalProperties: false },
);
