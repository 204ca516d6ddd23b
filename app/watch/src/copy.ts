// What the offsite tier knows of the copy off the server, as `offsite facts` prints it, and what that means.
import { type Judged, minuteOf, sizeOf } from './lines.ts';

export interface CopyFacts {
  readonly time: Date;
  /** All before it is off the server; undefined: nothing is yet. */
  readonly sent: Date | undefined;
  /** Bytes of the log that wait for the target. */
  readonly waits: number;
  /** From when on any second can be had, of the newest base. */
  readonly base: Date | undefined;
  /** When the copy, fetched from the target, last had what the live data had. */
  readonly proof: { readonly time: Date; readonly entries: number } | undefined;
  /** The target holds the copy of another database. */
  readonly isForeign: boolean;
  /** When what opens it was printed for a person to keep; undefined: never, or it has changed since. */
  readonly kept: Date | undefined;
  readonly errors: readonly string[];
}

/** A line a fact, its name first; undefined for what is no such text. */
export function parseCopyFacts(text: string): CopyFacts | undefined {
  const rows = text
    .split('\n')
    .map((line) => /^(\S+) (.*)$/.exec(line.trim()))
    .flatMap((found) => (found ? [{ name: found[1] ?? '', value: found[2] ?? '' }] : []));
  const values = (name: string) => rows.filter((row) => row.name === name).map((row) => row.value);
  const numbers = (name: string) => (values(name)[0] ?? '').split(' ').map(Number);
  const date = (name: string) => {
    const [seconds = 0] = numbers(name);
    return seconds > 0 ? new Date(seconds * 1000) : undefined;
  };
  const time = date('time');
  if (!time) return undefined;
  const proof = date('proof');
  return {
    time,
    sent: date('sent'),
    waits: numbers('waits')[0] ?? 0,
    base: date('base'),
    proof: proof && { time: proof, entries: numbers('proof')[1] ?? 0 },
    isForeign: values('foreign').length > 0,
    kept: date('kept'),
    errors: values('error'),
  };
}

const minute = 60_000;
const hour = 60 * minute;
/** What the copy may be behind, in milliseconds, before somebody should look. */
const behindAtMost = 5 * minute;
const proofAtMost = 26 * hour;

/** @param copy undefined: the tier doesn't answer */
export function copyLine(copy: CopyFacts | undefined, now: Date): Judged {
  const what = 'off the server';
  const red = (says: string): Judged => ({ what, isWell: false, says });
  if (!copy) return red('the copy says nothing of itself');
  const errors = copy.errors.map((error) => `; ${error}`).join('');
  if (copy.isForeign)
    return red("the target holds another database's copy: npm run prod -- --recover");
  if (!copy.sent || !copy.base) return red(`nothing yet: the first base is to be made${errors}`);
  const behind = Math.max(0, now.getTime() - copy.sent.getTime());
  const { proof } = copy;
  // A first one comes with the first base.
  const proven = now.getTime() - (proof?.time ?? copy.base).getTime() < proofAtMost;
  const says = [
    `${spanOf(behind)} behind`,
    ...(behind > minute ? [`${sizeOf(copy.waits)} wait`] : []),
    `base of ${minuteOf(copy.base)}`,
    proof
      ? `proven from there ${minuteOf(proof.time)}, ${proof.entries} entries`
      : 'not proven from there yet',
  ];
  return { what, isWell: behind <= behindAtMost && proven, says: says.join(', ') + errors };
}

/** Whether somebody keeps what opens it. */
export function keptLine({ kept }: CopyFacts): Judged {
  const what = 'keys';
  return kept
    ? { what, isWell: true, says: `what opens the copy was printed on ${minuteOf(kept)}` }
    : {
        what,
        isWell: false,
        says: 'what opens the copy was not printed since it is as it is: npm run keys',
      };
}

function spanOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

/** Of a stack whose config has no backupTarget. */
export const noCopyLine: Judged = {
  what: 'off the server',
  isWell: true,
  says: 'no copy: backups die with this server (backupTarget)',
};
