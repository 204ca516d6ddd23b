// Days and times in the user's zone. A day is 'yyyy-MM-dd', a time is 'HH:mm'; instants are
// milliseconds since the epoch or the API's ISO strings.
import { TZDate } from '@date-fns/tz';
import { addDays, addMonths, lightFormat, startOfMonth, startOfWeek } from 'date-fns';

export type Day = string;
export type WeekStart = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** English date order of the reader's country where the browser says so, else British. */
const locale = globalThis.navigator?.language?.startsWith('en') ? navigator.language : 'en-GB';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(value: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  const key = timeZone + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    formats.set(key, found);
  }
  return found.format(value);
}

const dayText = (date: Date): Day => lightFormat(date, 'yyyy-MM-dd');

/** A day as a date at midnight UTC, for arithmetic in which zones have no say. */
const plain = (day: Day) => new TZDate(`${day}T00:00:00Z`, 'UTC');

export function dayOf(instant: string | number, zone: string): Day {
  return dayText(new TZDate(new Date(instant).getTime(), zone));
}

export function timeOf(instant: string | number, zone: string): string {
  return lightFormat(new TZDate(new Date(instant).getTime(), zone), 'HH:mm');
}

/**
 * The instant of a wall clock's time. A time that a change to summer time skips becomes the one
 * an hour later; of a time that comes twice, the first is taken.
 */
export function instantOf(day: Day, time: string, zone: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const at = new TZDate(year, month - 1, date, hour, minute, zone).getTime();
  const hourBefore = at - 3_600_000;
  const twice = timeOf(hourBefore, zone) === timeOf(at, zone);
  return new Date(twice ? hourBefore : at);
}

export const today = (zone: string, now = Date.now()): Day => dayOf(now, zone);
export const plusDays = (day: Day, days: number): Day => dayText(addDays(plain(day), days));
export const plusMonths = (day: Day, months: number): Day => dayText(addMonths(plain(day), months));
export const monthStart = (day: Day): Day => dayText(startOfMonth(plain(day)));
export const monthEnd = (day: Day): Day => plusDays(plusMonths(monthStart(day), 1), -1);
export const weekStart = (day: Day, weekStartsOn: WeekStart): Day =>
  dayText(startOfWeek(plain(day), { weekStartsOn }));
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((plain(to).getTime() - plain(from).getTime()) / 86_400_000);

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(plain(text).getTime());

/** "Today", "Yesterday", or "Tue 24 November", with the year when it is another. */
export function dayName(day: Day, now: Day): string {
  const ago = daysBetween(day, now);
  if (ago === 0) return 'Today';
  if (ago === 1) return 'Yesterday';
  const year = day.slice(0, 4) === now.slice(0, 4) ? {} : ({ year: 'numeric' } as const);
  return format(plain(day).getTime(), 'UTC', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    ...year,
  });
}

export const dayInFull = (day: Day): string =>
  format(plain(day).getTime(), 'UTC', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
export const shortDay = (day: Day): string =>
  format(plain(day).getTime(), 'UTC', { day: 'numeric', month: 'short' });
export const longDay = (day: Day): string =>
  format(plain(day).getTime(), 'UTC', { dateStyle: 'full' });
export const weekday = (day: Day): string =>
  format(plain(day).getTime(), 'UTC', { weekday: 'short' });
export const monthName = (day: Day): string =>
  format(plain(day).getTime(), 'UTC', { month: 'long', year: 'numeric' });

/** What a person types for a time: "9", "930", "09:30", "9.30", "9:30 pm". Undefined: no time. */
export function parseTime(text: string): string | undefined {
  const found = /^\s*(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?m?\.?\s*$/i.exec(text);
  if (!found) return undefined;
  const half = found[3]?.toLowerCase();
  let hour = Number(found[1]);
  const minute = Number(found[2] ?? 0);
  if (half && (hour < 1 || hour > 12)) return undefined;
  if (half) hour = (hour % 12) + (half === 'p' ? 12 : 0);
  if (hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
