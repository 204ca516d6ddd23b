import { Temporal } from 'temporal-polyfill';
import { Problem } from './problem.js';

const DAY = 24 * 3600 * 1000;

/** A zone's clock, by Node's own data: PostgreSQL's, which may lack names, is never asked. */
export interface Zone {
  name: string;
  /** Milliseconds that its clock is ahead of UTC at an instant. */
  offset(instant: number): number;
  /**
   * The instants at which its clock shows a local time (given as if it were UTC): two where it is
   * put back. A time that it skips is the one as much later.
   */
  instants(local: number): [number, ...number[]];
}

const zones = new Map<string, Zone>();

/** The zone of this name, whatever its age. Throws a problem, 422, where there is none. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    throw new Problem(422, `There is no time zone "${name}".`);
  }
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

function createZone(name: string): Zone {
  /** By the number of the day since 1970: its offset, if it is the same all day. */
  const days = new Map<number, number | undefined>();
  const ask = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name).offsetNanoseconds /
    1e6;

  function offset(instant: number): number {
    const day = Math.floor(instant / DAY);
    if (!days.has(day)) {
      const first = ask(day * DAY);
      days.set(day, first === ask((day + 1) * DAY) ? first : undefined);
      if (days.size > 20_000) days.clear();
    }
    return days.get(day) ?? ask(instant);
  }

  return {
    name,
    offset,
    instants(local) {
      const before = offset(local - DAY);
      const after = offset(local + DAY);
      // The days before and after agree: nothing changes between, but for a zone's rare whims.
      if (before === after && offset(local - before) === before) return [local - before];
      const [first, ...more] = [...new Set([before, offset(local - before), after])]
        .map((each) => local - each)
        .filter((instant) => instant + offset(instant) === local)
        .sort((a, b) => a - b);
      return first === undefined ? [local - before] : [first, ...more];
    },
  };
}

/** Throws a problem, 422, if there is no such zone. */
export const checkTimeZone = (name: string): void => void zoneOf(name);
