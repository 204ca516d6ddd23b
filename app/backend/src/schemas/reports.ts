import { Type } from 'typebox';
import { Nullable, TimeZone } from './common.js';
import { entryFilter } from './entries.js';
import { RoundingMinutes, RoundingMode, RoundingPer, WeekStart } from './settings.js';

export const GroupBy = Type.Union(
  [
    Type.Literal('day'),
    Type.Literal('week'),
    Type.Literal('month'),
    Type.Literal('project'),
    Type.Literal('client'),
    Type.Literal('tag'),
  ],
  { default: 'day' },
);

export const ReportQuery = Type.Object(
  {
    ...entryFilter,
    from: Type.String({ format: 'date-time' }),
    to: Type.String({ format: 'date-time', description: 'Not included; at most 11 years later' }),
    groupBy: Type.Optional(GroupBy),
    timezone: Type.Optional(TimeZone),
    weekStart: Type.Optional(WeekStart),
    rounding: Type.Optional(RoundingMode),
    roundingMinutes: Type.Optional(RoundingMinutes),
    roundingPer: Type.Optional(RoundingPer),
  },
  { additionalProperties: false },
);

const totals = {
  seconds: Type.Integer(),
  billableSeconds: Type.Integer(),
  entries: Type.Integer(),
};

export const Report = Type.Object(
  {
    total: Type.Object(totals),
    groups: Type.Array(
      Type.Object({
        key: Nullable(
          Type.String({
            description:
              'The first day of the day, week or month; the id of a project or client; a tag',
          }),
        ),
        name: Type.String(),
        color: Type.Optional(Type.String()),
        ...totals,
      }),
      { description: 'By time oldest first, else the longest first. Null is without any' },
    ),
  },
  { title: 'Report' },
);
