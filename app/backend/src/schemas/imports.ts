import { Type } from 'typebox';
import { Id, Instant, Nullable, TimeZone } from './common.js';

const Column = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));

/** Fields of a form; the file comes last. */
export const ImportForm = Type.Object(
  {
    format: Type.Union([
      Type.Literal('toggl'),
      Type.Literal('clockify'),
      Type.Literal('tempo'),
      Type.Literal('timetracker'),
      Type.Literal('generic'),
    ]),
    timezone: Type.Optional(TimeZone),
    mapping: Type.Optional(
      Type.Object(
        {
          start: Type.String({ minLength: 1, maxLength: 200 }),
          date: Column,
          end: Column,
          duration: Column,
          description: Column,
          project: Column,
          tags: Column,
          billable: Column,
          source: Column,
          ref: Column,
        },
        {
          additionalProperties: false,
          description: 'For a generic file: which column is what. `date`, if times stand alone',
        },
      ),
    ),
    importId: Type.Optional(Id),
    file: Type.String({ contentMediaType: 'text/csv', description: 'CSV, UTF-8, at most 32 MiB' }),
  },
  { additionalProperties: false },
);

export const ImportResult = Type.Object(
  {
    importId: Id,
    counts: Type.Object({
      new: Type.Integer(),
      duplicate: Type.Integer(),
      error: Type.Integer(),
    }),
    errors: Type.Array(Type.Object({ line: Type.Integer(), reason: Type.String() }), {
      description: 'The first hundred',
    }),
    sample: Type.Array(
      Type.Object({
        start: Instant,
        end: Instant,
        description: Type.String(),
        project: Nullable(Type.String()),
        tags: Type.Array(Type.String()),
        billable: Type.Boolean(),
      }),
      { description: 'The first new ones' },
    ),
  },
  { title: 'ImportResult' },
);

export const ImportProgress = Type.Object({
  id: Id,
  status: Type.Union([
    Type.Literal('previewed'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
  ]),
  done: Type.Integer({ description: 'Rows read' }),
  total: Nullable(Type.Integer({ description: 'Rows in the file, known after a preview' })),
});
