import { Temporal } from 'temporal-polyfill';

/** Why a line can't be imported, in words for the person who has the file. */
export class RowError extends Error {}

/** Which of day and month comes first in dates like 03/04/2026. */
export type DateOrder = 'mdy' | 'dmy';

/**
 * The instant of a date and time as exports write them, in seconds since 1970. An offset in the
 * text counts; else it is the zone's wall clock: a time that a change to summer time skips becomes
 * the one an hour later, of one that occurs twice it is the first.
 */
export function instant(text: string, zone: string, order: DateOrder): number {
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (iso) {
    try {
      const instant = Temporal.Instant.from(`${iso[1]}T${iso[2]}${iso[3]}`);
      return Math.floor(instant.epochMilliseconds / 1000);
    } catch {
      throw new RowError(`"${text}" is not a date and time`);
    }
  }
  const [, date = '', time = ''] = /^(\S+?)(?:(?:T|\s+)(\S.*))?$/.exec(text) ?? [];
  return wallClock(date, time, zone, order);
}

export function wallClock(date: string, time: string, zone: string, order: DateOrder): number {
  const day = parseDate(date, order);
  const clock = parseTime(time);
  try {
    const local = Temporal.PlainDateTime.from({ ...day, ...clock }, { overflow: 'reject' });
    return Math.floor(local.toZonedDateTime(zone).epochMilliseconds / 1000);
  } catch {
    const hint = /^\d{4}-|\./.test(date)
      ? ''
      : `; dates were read as ${order === 'mdy' ? 'month/day/year' : 'day/month/year'}`;
    throw new RowError(`"${`${date} ${time}`.trim()}" is not a date and time${hint}`);
  }
}

/** The order that a date like 25/12/2026 gives away; undefined if it could be either. */
export function orderOf(date: string): DateOrder | undefined {
  const [, first, second] = /^(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}/.exec(date) ?? [];
  if (Number(first) > 12) return 'dmy';
  return Number(second) > 12 ? 'mdy' : undefined;
}

function parseDate(text: string, order: DateOrder) {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) };
  const [, first, separator, second, year] =
    /^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)$/.exec(text) ?? [];
  if (!year) throw new RowError(text ? `"${text}" is not a date` : 'the date is missing');
  const dayFirst = separator === '.' || order === 'dmy';
  return {
    year: Number(year) + (year.length === 2 ? 2000 : 0),
    month: Number(dayFirst ? second : first),
    day: Number(dayFirst ? first : second),
  };
}

function parseTime(text: string) {
  if (text === '') return { hour: 0, minute: 0, second: 0 };
  const [, hours, minute, second, half] =
    /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap])?\.?m?\.?$/i.exec(text) ?? [];
  if (!minute) throw new RowError(`"${text}" is not a time`);
  const twelve = half !== undefined && Number(hours) >= 1 && Number(hours) <= 12;
  if (half !== undefined && !twelve) throw new RowError(`"${text}" is not a time`);
  const hour = twelve
    ? (Number(hours) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
    : Number(hours);
  return { hour, minute: Number(minute), second: Number(second ?? 0) };
}

/** Seconds of "1:30:00", "1:30", "1h 30m", "1.5" or "1,5" (hours). */
export function duration(text: string): number {
  const colons = /^(\d+):(\d\d)(?::(\d\d))?$/.exec(text);
  if (colons) {
    return Number(colons[1]) * 3600 + Number(colons[2]) * 60 + Number(colons[3] ?? 0);
  }
  const units = /^(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?$/i.exec(text);
  if (text !== '' && units) {
    return Number(units[1] ?? 0) * 3600 + Number(units[2] ?? 0) * 60 + Number(units[3] ?? 0);
  }
  const hours = /^\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  if (Number.isNaN(hours)) {
    throw new RowError(text ? `"${text}" is not a duration` : 'end and duration are missing');
  }
  return Math.round(hours * 3600);
}
