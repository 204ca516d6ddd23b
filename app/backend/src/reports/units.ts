import { Temporal } from 'temporal-polyfill';
import type { Zone } from '../zone.js';

export type Unit = 'day' | 'week' | 'month';

export interface Begun {
  /** The first day of the unit. */
  key: string;
  /** The instant since when it is, in milliseconds. */
  since: number;
}

/** The days, weeks or months of a period in a zone, in order; the first is cut at the period. */
export function unitsOf(
  from: number,
  to: number,
  unit: Unit,
  zone: Zone,
  weekStart: number,
): Begun[] {
  const local = new Date(from + zone.offset(from)).toISOString().slice(0, 10);
  let day = firstOf(Temporal.PlainDate.from(local), unit, weekStart);
  const units: Begun[] = [{ key: day.toString(), since: from }];
  for (;;) {
    day = unit === 'month' ? day.add({ months: 1 }) : day.add({ days: unit === 'week' ? 7 : 1 });
    const key = day.toString();
    // Where midnight comes twice, the day begins with the first.
    const since = Math.max(zone.instants(Date.parse(`${key}T00:00:00Z`))[0], from);
    if (since >= to) return units;
    // A day that the zone left out is as long as nothing.
    if (since === units.at(-1)?.since) units.pop();
    units.push({ key, since });
  }
}

/** The first day of the unit that a day is in. */
export function firstOf(day: Temporal.PlainDate, unit: Unit, weekStart: number) {
  if (unit === 'month') return day.with({ day: 1 });
  if (unit === 'day') return day;
  return day.subtract({ days: ((day.dayOfWeek % 7) - weekStart + 7) % 7 });
}
