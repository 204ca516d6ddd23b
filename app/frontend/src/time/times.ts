// From the times that a person types to instants.
import { type Day, dayOf, instantOf, parseTime, plusDays } from '../lib/zone.ts';

export interface Times {
  day: Day;
  start: string;
  end: string;
  /** The last day, when the entry goes on for longer than to the next morning. */
  lastDay: Day | '';
}

/** The form's times as instants, or what is wrong with them. */
export function readTimes({ day, start, end, lastDay }: Times, zone: string) {
  const from = parseTime(start);
  const to = parseTime(end);
  if (!from || !to) return { error: 'Write times as 9:30 or 0930.' };
  if (!day) return { error: 'Choose a day.' };
  const last = lastDay || (to <= from ? plusDays(day, 1) : day);
  const begin = instantOf(day, from, zone);
  const finish = instantOf(last, to, zone);
  if (finish <= begin) return { error: 'The end must be after the start.' };
  return { start: begin, end: finish, nextDay: !lastDay && to <= from };
}

/** Where in the entry a wall clock shows this time: on its first day or on the next. */
export function splitPoint(start: string, end: string, text: string, zone: string) {
  const time = parseTime(text);
  if (!time) return undefined;
  const first = dayOf(start, zone);
  return [first, plusDays(first, 1)]
    .map((day) => instantOf(day, time, zone))
    .find((at) => at.getTime() > Date.parse(start) && at.getTime() < Date.parse(end));
}
