import { Type } from 'typebox';
import { TimeZone } from './common.js';

export const WeekStart = Type.Integer({ minimum: 0, maximum: 6, description: '0 is Sunday' });

export const RoundingMode = Type.Union(
  [Type.Literal('none'), Type.Literal('nearest'), Type.Literal('up'), Type.Literal('down')],
  { description: 'How the length of each entry is rounded in reports' },
);

export const RoundingMinutes = Type.Integer({ minimum: 1, maximum: 240 });

export const Settings = Type.Object(
  {
    timezone: TimeZone,
    weekStart: WeekStart,
    rounding: Type.Object(
      { mode: RoundingMode, minutes: RoundingMinutes },
      { additionalProperties: false },
    ),
  },
  { title: 'Settings', additionalProperties: false },
);
