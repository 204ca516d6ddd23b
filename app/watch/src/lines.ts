// What is looked at, judged: a line a thing, as the status shows it and an alert tells it.
import type { Database, Disk, Facts, Standby } from './facts.ts';

export interface Line {
  readonly what: string;
  /** Undefined: it can't be told at the moment. */
  readonly isWell: boolean | undefined;
  readonly says: string;
}
/** A line that is told either way. */
export type Judged = Line & { readonly isWell: boolean };

const hour = 3_600_000;
const day = 24 * hour;

export function databaseLine(database: Database | undefined): Judged {
  if (!database) return { what: 'database', isWell: false, says: 'does not answer' };
  const { bytes, connections, maxConnections, longestSeconds } = database;
  return {
    what: 'database',
    isWell: connections < maxConnections * 0.8 && longestSeconds < 3600,
    says:
      `${sizeOf(bytes)}, ${connections} of ${maxConnections} connections, ` +
      `longest transaction ${longestSeconds} s`,
  };
}

/** Behind by more, it is not what one would want to go on with. */
const farBehind = 64e6;

export function standbyLine({ state, bytesBehind, isSynchronous }: Standby): Judged {
  if (state !== 'streaming')
    return {
      what: 'standby',
      isWell: false,
      says:
        state === 'none'
          ? 'nobody follows the database: npm run nodes, docs/standby.md'
          : `it is not there yet: ${state}`,
    };
  return {
    what: 'standby',
    isWell: bytesBehind < farBehind,
    says: `${sizeOf(bytesBehind)} behind${isSynchronous ? ', commits wait for it' : ''}`,
  };
}

export function backupLine(backup: Facts['backup'], now: Date): Judged {
  const what = 'last backup';
  if (backup === 'elsewhere')
    return { what, isWell: true, says: 'left to who runs the database (backupsKept is 0)' };
  if (!backup) return { what, isWell: false, says: 'there is none that counts: npm run backup' };
  const age = Math.max(0, now.getTime() - backup.getTime());
  return {
    what,
    isWell: age < 26 * hour,
    says: `${minuteOf(backup)}, ${Math.round(age / hour)} hours old, restored once`,
  };
}

/** Days in which a full disk should not come. */
const soon = 7;

/** @param daysLeft until it is full; undefined: nobody knows yet */
export function diskLine(disk: Disk, daysLeft: number | undefined): Judged {
  const full =
    daysLeft === undefined
      ? 'unknown when full'
      : daysLeft > 3650
        ? 'not growing'
        : `full in ${Math.floor(daysLeft)} days at the week's growth`;
  return {
    what: 'disk',
    isWell: disk.free > disk.size * 0.1 && (daysLeft ?? soon) >= soon,
    says: `${sizeOf(disk.free)} of ${sizeOf(disk.size)} free, ${full}`,
  };
}

/** When a certificate's life begins and ends. */
export interface Validity {
  readonly validFrom: string;
  readonly validTo: string;
}

/** Days before its end at which a certificate should have been renewed: 14, or a third of a shorter life. */
export function lateDays({ validFrom, validTo }: Validity): number {
  return Math.min(14, (Date.parse(validTo) - Date.parse(validFrom)) / day / 3);
}

export function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** As `1.5 GB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
