import { type TSchema, Type } from 'typebox';

export const Id = Type.String({ format: 'uuid' });

export const Instant = Type.String({
  format: 'date-time',
  description: 'RFC 3339, with an offset; seconds are the finest unit kept',
});

export const IdParams = Type.Object({ id: Id });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const OneOf = <const T extends string>(values: readonly T[], options: object = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...options });

export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    nextCursor: Nullable(Type.String({ description: 'Send as `cursor` for the next page' })),
  });

/** No control characters, which no one types and which break logs and exports. */
export const PRINTABLE = '^[^\\u0000-\\u001f\\u007f]*$';

export const TimeZone = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$',
  maxLength: 60,
  description: 'A name of the IANA time zone database',
  examples: ['Europe/Berlin'],
});

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    columns: Type.Optional(
      Type.Array(Type.String(), {
        description: 'With 422 of a preview, if nothing says what they are: those of the file',
      }),
    ),
    importId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Beside `columns`: the file is kept under it, to be read in another way',
      }),
    ),
    current: Type.Optional(Type.Unknown({ description: 'With 412: as it is now' })),
    yours: Type.Optional(Type.Unknown({ description: 'With 412: what was to be written' })),
  },
  { $id: 'Problem', title: 'Problem', description: 'A problem document (RFC 9457)' },
);
