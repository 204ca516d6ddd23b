// A moment as a person says it, in the zone of the caller, and as it is said back.
import { Problem } from '../host/problem';

const example = "'2026-11-25 15:59:30'";

/**
 * Reads a moment: day and time, without a zone in the caller's.
 *
 * @returns seconds since 1970
 * @throws Problem for what is none, or is yet to come
 */
export function parseMoment(text: string, now: Date): number {
  const found =
    /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(
      text.trim(),
    );
  if (!found)
    throw new Problem(`"${text}" is no moment: it must be a day and a time, such as ${example}.`);
  const [, year, month, day, hour, minute, second = '00', zone] = found;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const offset =
    zone === undefined ? '' : zone === 'UTC' ? 'Z' : zone.replace(/^(.\d\d)(\d\d)$/, '$1:$2');
  const date = new Date(`${local}${offset}`);
  // 30 February would become 2 March, and an hour that the clocks skip another one.
  const isThere =
    !Number.isNaN(date.getTime()) && (zone === undefined ? sameLocal(date, found) : sameDay(found));
  if (!isThere) throw new Problem(`"${text}" is no moment: there is no such day, or no such time.`);
  if (date > now)
    throw new Problem(
      `${momentText(date.getTime() / 1000)} is yet to come: nothing is known of it.`,
    );
  return date.getTime() / 1000;
}

function sameLocal(date: Date, [, ...parts]: RegExpExecArray): boolean {
  const [, month, day, hour, minute] = parts.map(Number);
  return (
    date.getMonth() + 1 === month &&
    date.getDate() === day &&
    date.getHours() === hour &&
    date.getMinutes() === minute
  );
}

function sameDay([, year, month, day]: RegExpExecArray): boolean {
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day);
}

/** With zone and UTC: `2026-11-25 15:59:30 Europe/Berlin (14:59:30 UTC)`. */
export function momentText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const utc = date.toISOString().slice(0, 19).replace('T', ' ');
  if (date.getTimezoneOffset() === 0) return `${utc} UTC`;
  return `${day} ${time} ${timeZone} (${utc.startsWith(day) ? utc.slice(11) : utc} UTC)`;
}
