import { Type } from 'typebox';
import { TimeZone } from './common.js';

export const WeekStart = Type.Integer({ minimum: 0, maximum: 6, description: '0 is Sunday' });

export const RoundingMode = Type.Union(
  [Type.Literal('none'), Type.Literal('nearest'), Type.Literal('up'), Type.Literal('down')],
  { description: 'How hours are rounded in reports; halves go up' },
);

export const RoundingPer = Type.Union(
  [Type.Literal('entry'), Type.Literal('day'), Type.Literal('project')],
  {
    description:
      "What is rounded as a whole: each entry, a project's sum on each day, or its sum in the period",
  },
);

/** Minutes after midnight. */
export const WorkdayStart = Type.Integer({
  minimum: 0,
  maximum: 1439,
  description: 'In minutes: where imported hours that came without a time begin their day',
});

export const RoundingMinutes = Type.Integer({ minimum: 1, maximum: 240 });

export const Settings = Type.Object(
  {
    timezone: TimeZone,
    weekStart: WeekStart,
    rounding: Type.Object(
      { mode: RoundingMode, minutes: RoundingMinutes, per: Type.Optional(RoundingPer) },
      { additionalProperties: false },
    ),
    workdayStart: Type.Optional(WorkdayStart),
  },
  { title: 'Settings', additionalProperties: false },
);
