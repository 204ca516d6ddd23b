// The one place where hours are rounded. Halves go up, as on an invoice.
import type { Static } from 'typebox';
import type { RoundingMode } from './schemas/settings.js';

type Mode = Static<typeof RoundingMode>;

const up = (text: string) => `floor(${text} + 0.5)`;
const SQL: Record<Mode, (units: string) => string> = {
  none: (units) => units,
  nearest: up,
  up: (units) => `ceil(${units})`,
  down: (units) => `floor(${units})`,
};
const NUMBERS: Record<Mode, (units: number) => number> = {
  none: (units) => units,
  nearest: (units) => Math.floor(units + 0.5),
  up: Math.ceil,
  down: Math.floor,
};

/** SQL for a number of seconds rounded to a multiple of `unit`, seconds as well. */
export const roundSql = (mode: Mode, seconds: string, unit: string) =>
  `${SQL[mode](`(${seconds}) / ${unit}`)} * ${unit}`;

export const round = (mode: Mode, seconds: number, unit: number) =>
  mode === 'none' ? seconds : NUMBERS[mode](seconds / unit) * unit;

export const wholeSeconds = (seconds: number) => NUMBERS.nearest(seconds);
