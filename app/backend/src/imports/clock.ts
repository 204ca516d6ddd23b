import type { Zone } from '../zone.js';
import { monthOf } from './words.js';

/** Why a line can't be imported, in words for the person who has the file, and what to do. */
export class RowError extends Error {
  column?: string;
  value?: string;
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Which of day and month comes first in dates like 03/04/2026. */
export type DateOrder = 'mdy' | 'dmy';
/** What stands before the fraction in 1,5; "auto" takes either, as each number shows. */
export type DecimalSign = '.' | ',' | 'auto';

/** A local time as if it were UTC, in milliseconds; without a time of day, `date` alone. */
export interface Wall {
  date: number;
  time?: number;
}

/** What a cell says about when: an instant, or a date and a time of day, or one of them. */
export type When = { instant: number } | Wall | { time: number };

/** No date, time or number has more characters; patterns may take the square of them. */
export const LONGEST_VALUE = 100;

const DAY = 24 * 3600_000;
const HINTS = {
  date: 'Dates are read as 2026-10-05, 05/10/2026, 5.10.2026 or 5 Oct 2026.',
  time: 'Times are read as 9:00, 09:00:30 or 9:00 AM.',
};

/** Of a text that should be of this kind. Throws a RowError. */
export function when(text: string, order: DateOrder, kind: 'date' | 'time' = 'date'): When {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_VALUE) {
    throw new RowError(`"${trimmed.slice(0, 20)}…" is not a ${kind}`, HINTS[kind]);
  }
  const iso =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)$/i.exec(
      trimmed,
    );
  if (iso) {
    const offset = (iso[3] ?? '').replace(
      /^([+-]\d\d):?(\d\d)?$/,
      (_, hours, minutes = '00') => `${hours}:${minutes}`,
    );
    const instant = Date.parse(`${iso[1]}T${iso[2]}${offset}`);
    if (Number.isNaN(instant)) throw new RowError(`"${text}" is not a date and time`);
    return { instant };
  }
  // A spreadsheet's own number of days.
  if (/^[2-7]\d{4}(?:[.,]\d+)?$/.test(trimmed)) {
    const days = Number(trimmed.replace(',', '.'));
    const date = Date.UTC(1899, 11, 30 + Math.floor(days));
    const time = Math.round((days % 1) * 86_400) * 1000;
    return time === 0 ? { date } : { date, time };
  }
  const time = timeOfDay(trimmed);
  if (time !== undefined) return { time };
  const cut = cutDate(trimmed);
  if (!cut) {
    throw new RowError(text ? `"${text}" is not a ${kind}` : 'the date is missing', HINTS[kind]);
  }
  const date = calendarDate(cut, order);
  const rest = cut.rest.replace(/^(?:\s*,\s*|T|\s+(?:at|um|à|a las)\s+|\s+)/i, '').trim();
  if (rest === '') {
    if (date === undefined) throw notADate(text, cut, order);
    return { date };
  }
  const clock = timeOfDay(rest);
  if (clock === undefined) throw new RowError(`"${rest}" is not a time`, HINTS.time);
  if (date === undefined) throw notADate(text, cut, order);
  return { date, time: clock };
}

interface DateParts {
  /** Of a date like 03/04/2026 the first two in their order; of others month and day. */
  numbers: [number, number];
  year: number;
  /** Which of the two comes first, or that only the file's order tells. */
  kind: 'mdy' | 'dmy' | 'ambiguous';
  rest: string;
}

const PATTERNS: [RegExp, (match: string[]) => Omit<DateParts, 'rest'> | undefined][] = [
  [
    /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/,
    ([, year, , month, day]) => parts(year, month, day, 'mdy'),
  ],
  [
    /^(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]/,
    ([, year, month, day]) => parts(year, month, day, 'mdy'),
  ],
  [
    /^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)/,
    ([, first, separator, second, year]) =>
      parts(year, first, second, separator === '.' ? 'dmy' : 'ambiguous'),
  ],
  [
    /^(\d{1,2})(?:st|nd|rd|th|\.|º)?[\s-]+(?:de\s+)?(\p{L}{3,}\.?),?[\s-]+(?:de\s+)?(\d{4}|\d\d)(?!\d)/iu,
    ([, day, month, year]) => named(year, month, day),
  ],
  [
    /^(\p{L}{3,}\.?)[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})(?!\d)/iu,
    ([, month, day, year]) => named(year, month, day),
  ],
];

function parts(year = '', first = '', second = '', kind: DateParts['kind']) {
  const century = year.length === 2 ? 2000 : 0;
  return {
    numbers: [Number(first), Number(second)] as [number, number],
    year: Number(year) + century,
    kind,
  };
}

function named(year = '', name = '', day = '') {
  const month = monthOf(name);
  return month === undefined ? undefined : parts(year, String(month), day, 'mdy');
}

/** The date that a text begins with, a weekday before it left out. */
function cutDate(text: string): DateParts | undefined {
  const weekday = /^\p{L}{2,}\.?,?\s+(?=\d|\p{L}{3,}\.?\s+\d)/u.exec(text)?.[0] ?? '';
  for (const candidate of weekday ? [text, text.slice(weekday.length)] : [text]) {
    for (const [pattern, read] of PATTERNS) {
      const match = pattern.exec(candidate);
      const found = match && read([...match]);
      if (found) return { ...found, rest: candidate.slice(match[0].length) };
    }
  }
  return undefined;
}

/** Undefined if there is no such day. */
function calendarDate({ numbers, year, kind }: DateParts, order: DateOrder): number | undefined {
  const dayFirst = (kind === 'ambiguous' ? order : kind) === 'dmy';
  const [month, day] = dayFirst ? [numbers[1], numbers[0]] : numbers;
  const date = Date.UTC(2000, month - 1, day);
  const at = new Date(date);
  at.setUTCFullYear(year, month - 1, day);
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.getTime() : undefined;
}

function notADate(text: string, { kind }: DateParts, order: DateOrder) {
  const [read, other] =
    order === 'mdy' ? ['month/day/year', 'day/month/year'] : ['day/month/year', 'month/day/year'];
  return kind === 'ambiguous'
    ? new RowError(
        `"${text}" is not a date; dates were read as ${read}`,
        `If the file has dates as ${other}, choose that order.`,
      )
    : new RowError(`"${text}" is not a date`, 'There is no such day.');
}

/** What a date says about the file's order: the order itself, that it could be either, or nothing. */
export function orderOf(text: string): DateOrder | 'either' | undefined {
  const cut = cutDate(text.trim());
  if (cut?.kind !== 'ambiguous') return undefined;
  const [first, second] = cut.numbers;
  if (first > 12) return second <= 12 ? 'dmy' : undefined;
  if (second > 12) return 'mdy';
  return first === second ? undefined : 'either';
}

/** Milliseconds since midnight of "9:00", "09:00:30", "9:00 AM", "9 pm", "9h30", "9.30 Uhr", "24:00". */
function timeOfDay(text: string): number | undefined {
  const match =
    /^(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,]\d+)?)?|[h.](\d\d)(?=$|\s*(?:uhr|h)$)|h(\d\d)?)?\s*(?:([ap])\.?\s?m\.?|uhr|h)?$/i.exec(
      text,
    );
  if (!match || /^\d{1,2}$/.test(text)) return undefined;
  const [, hours, minutes, seconds, dotted, french, half] = match;
  const hour = Number(hours);
  const minute = Number(minutes ?? dotted ?? french ?? 0);
  const second = Number(seconds ?? 0);
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined;
  const of24 = half === undefined ? hour : (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (minute > 59 || second > 59 || of24 > 24) return undefined;
  const time = ((of24 * 60 + minute) * 60 + second) * 1000;
  return time > DAY ? undefined : time;
}

/** Seconds. */
export interface Span {
  start: number;
  end: number;
}

/**
 * From when to when. Of an hour that the clock passes twice, the reading is right that is as long as
 * the duration says, else the first that does not end before it starts.
 */
export function spanOf(
  starts: number[],
  ends: number[],
  duration: number | undefined,
): Span | undefined {
  const pairs = starts.flatMap((start) => ends.map((end) => ({ start, end })));
  const wrong = ({ start, end }: Span) => Math.abs(end - start - (duration ?? 0) * 1000);
  const [first] = pairs;
  const exact =
    duration !== undefined && first && wrong(first) > 1000
      ? pairs.find((pair) => wrong(pair) <= 1000)
      : undefined;
  const chosen = exact ?? pairs.find(({ start, end }) => end >= start);
  return chosen && { start: Math.floor(chosen.start / 1000), end: Math.floor(chosen.end / 1000) };
}

/** The instants of a date and time in a zone, in milliseconds. */
export const instantsOf = (zone: Zone, { date, time = 0 }: Wall) => zone.instants(date + time);

/** More than any entry can have; what is longer is a slip, and no number that can be counted with. */
const LONGEST = 130 * 366 * 24 * 3600;

export interface DurationForm {
  decimal: DecimalSign;
  /** What a number alone is. */
  unit: 'hours' | 'seconds' | 'minutes';
  /** Whole numbers alone are seconds, others hours. */
  wholeIsSeconds?: boolean;
  /** Hours of a day and of a week, where people say those. */
  day?: { hours: number; week: number };
}

/**
 * Seconds of "1:30:00", "1:30", "1h 30m", "1h30", "1.5 h", "90 min", "1 hr 30 min", "PT1H30M", "1.5"
 * or "1,5". Throws a RowError.
 */
export function duration(text: string, form: DurationForm): number {
  const seconds =
    text.length > LONGEST_VALUE ? undefined : durationOf(text.trim().replace(/\u00a0/g, ' '), form);
  if (seconds === undefined) {
    throw new RowError(
      text ? `"${text.slice(0, LONGEST_VALUE)}" is not a duration` : 'end and duration are missing',
      'Durations are read as 1:30, 1:30:00, 1h 30m, 90 min or 1.5 (hours).',
    );
  }
  if (seconds < 0) throw new RowError(`"${text}" is less than nothing`);
  if (!(seconds <= LONGEST)) throw new RowError(`"${text}" is longer than an entry can be`);
  return Math.round(seconds);
}

const UNITS: [RegExp, number][] = [
  [/^(?:h|hr|hrs|hours?|std|stunden?|heures?|horas?|ore|uur|uren|tim|godz|ч)$/i, 3600],
  [/^(?:m|min|mins|minutes?|minuten?|minutos?|minuti|mn)$/i, 60],
  [/^(?:s|sec|secs|seconds?|sek|sekunden?|secondes?|segundos?)$/i, 1],
];

function durationOf(text: string, form: DurationForm): number | undefined {
  const colons = /^(-?)(\d+):([0-5]\d)(?::([0-5]\d)(?:[.,]\d+)?)?(?:\s*(?:h|std))?$/i.exec(text);
  if (colons) {
    const [, minus, hours, minutes, seconds = '0'] = colons;
    return (minus ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  }
  const alone = decimalOf(text, form.decimal);
  if (alone !== undefined) {
    if (form.wholeIsSeconds) return /^-?\d+$/.test(text) ? alone : alone * 3600;
    return alone * { hours: 3600, minutes: 60, seconds: 1 }[form.unit];
  }
  const rest = text.replace(/^PT(?=\d)/i, '');
  const pieces = [
    ...rest.matchAll(/(-?[\d.,]+)\s*(\p{L}+)\.?(?:\s*(?:,|and|und|et|y)\s+|\s*)|(\d+)$/gu),
  ];
  if (pieces.length === 0 || pieces.map(([all]) => all).join('') !== rest) return undefined;
  let seconds = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, number = '', unit = '', last] of pieces) {
    const length = last === undefined ? unitOf(unit, form) : smallest / 60;
    const count = last === undefined ? decimalOf(number, form.decimal) : Number(last);
    // The largest first, and each once; "1h30" ends with the next smaller.
    if (length === undefined || count === undefined || length >= smallest || length < 1) {
      return undefined;
    }
    seconds += count * length;
    smallest = length;
  }
  return seconds;
}

function unitOf(unit: string, { day }: DurationForm): number | undefined {
  if (day && /^d(?:ays?)?$/i.test(unit)) return day.hours * 3600;
  if (day && /^w(?:eeks?)?$/i.test(unit)) return day.week * 3600;
  return UNITS.find(([pattern]) => pattern.test(unit))?.[1];
}

/** A number as people write it, with the sign of the fraction that the file has. */
export function decimalOf(text: string, sign: DecimalSign): number | undefined {
  if (!/^-?(?:\d[\d.,' ]*|[.,]\d+)$/.test(text)) return undefined;
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  const fraction = sign === 'auto' ? (text[last] ?? '.') : sign;
  const bare = text
    .replace(/(?<=\d)[' ](?=\d{3}(?!\d))/g, '')
    .replaceAll(fraction === '.' ? ',' : '.', '');
  const number = bare.replace(fraction, '.');
  return /^-?\d*\.?\d+$|^-?\d+\.$/.test(number) ? Number(number) : undefined;
}
