// Which times an entry may have. What can't be shown or exported can't be stored.
import { Problem } from '../problem.js';

const FIRST_YEAR = 1970;
const LAST_YEAR = 2099;
const EARLIEST = Date.UTC(FIRST_YEAR, 0, 1);
const LATEST = Date.UTC(LAST_YEAR + 1, 0, 1) - 1_000;

/** What RFC 3339 can say and PostgreSQL can read: there may be entries of an earlier release. */
const SAYABLE = {
  from: Date.parse('0001-01-01T00:00:00Z'),
  to: Date.parse('9999-12-31T23:59:59Z'),
};

/** Whether an entry can be at this time, in milliseconds. */
const isStorable = (time: number) => time >= EARLIEST && time <= LATEST;

/** The instant of an RFC 3339 text, in milliseconds. Throws a problem, 422, where it is none. */
export function instantOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Problem(422, `${text} is no time that there is.`);
  return time;
}

/** Why no entry can have these times, in milliseconds; undefined if one can. */
export function timeFault(start: number, end: number | null): string | undefined {
  if (!isStorable(start) || !isStorable(end ?? start)) {
    return `it must be within the years ${FIRST_YEAR} to ${LAST_YEAR}`;
  }
  return end !== null && end < start ? 'it must not end before it starts' : undefined;
}

/** Throws a problem, 422, for times that no entry can have. */
export function checkTimes(start: number, end: number | null): void {
  const fault = timeFault(start, end);
  if (fault) throw new Problem(422, `I${fault.slice(1)}.`);
}

/** An instant as the API and the database say it; one beyond what can be said, at that bound. */
export function iso(time: number | Date): string {
  return new Date(Math.min(Math.max(Number(time), SAYABLE.from), SAYABLE.to)).toISOString();
}
