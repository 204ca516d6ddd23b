// What `npm run upgrade` will do, decided from what is there; and how it says so. Pure.
import { Problem } from '../host/problem';

/** An image of PostgreSQL, and the major version that it has. */
export interface Version {
  readonly image: string;
  readonly major: number;
}

/** A version on a volume, which config calls `data`, or `data-18`. */
export interface Place extends Version {
  readonly volume: string;
}

/** What is there. */
export interface Found {
  /** Where the database runs. */
  readonly live: Place;
  /** Where config says that it runs. */
  readonly configured: string;
  /** Where it was before it was moved to where it is; what it was moved with, if it was. */
  readonly before: Omit<Place, 'major'> | undefined;
  readonly movedWith: string | undefined;
}

/**
 * `restart`: the same data with another image. `move`: dump and restore to a volume. `switch`: to a volume as it is.
 * `finish`: it is where it should be, and the rest of the stack isn't.
 */
export interface Way {
  readonly kind: 'restart' | 'move' | 'switch' | 'finish';
  readonly to: Place;
}

/** The first volume has no number: its name is that of stacks from before there were others. */
export const firstVolume = 'data';

/** The way to another version. @throws Problem where there is none */
export function wayTo(wish: Version, { live, configured, movedWith }: Found, stack: string): Way {
  if (live.volume !== configured)
    return { kind: 'finish', to: { ...live, image: movedWith ?? live.image } };
  if (wish.major === live.major) return { kind: 'restart', to: { ...wish, volume: live.volume } };
  if (wish.major < live.major)
    throw new Problem(
      `${wish.image} is PostgreSQL ${wish.major}, and the data is of PostgreSQL ${live.major}: an older one can't read it. ` +
        `Nothing is changed. The way back after an upgrade: npm run upgrade -- --back${stackWords(stack)}`,
    );
  return { kind: 'move', to: { ...wish, volume: `data-${wish.major}` } };
}

/**
 * The way back.
 *
 * @param major of the version before
 * @param asBefore to the data as it was, in place of what there is now
 * @throws Problem where nothing was before
 */
export function wayBack(found: Found, major: number | undefined, asBefore: boolean): Way {
  const { live, configured, before, movedWith } = found;
  if (live.volume !== configured)
    return { kind: 'finish', to: { ...live, image: movedWith ?? live.image } };
  if (before === undefined || major === undefined)
    throw new Problem(
      `The database was not upgraded: its data is on volume ${live.volume} from the start, and there is nothing to go back to.`,
    );
  if (asBefore) return { kind: 'switch', to: { ...before, major } };
  // What was before stays, as long as what comes in its place isn't there.
  const [volume = ''] = [`data-${major}`, `data-${major}b`].filter(
    (name) => name !== before.volume,
  );
  return { kind: 'move', to: { image: before.image, major, volume } };
}

/** Bytes of the disk, and of the data. */
export interface Room {
  readonly data: number;
  readonly free: number;
}

/** @throws Problem where a second database and a dump would not fit beside the first */
export function ensureRoom({ data, free }: Room): void {
  const needed = data * 2 + 256e6;
  if (free < needed)
    throw new Problem(
      `No room: ${size(free)} are free on the server's disk, and the data, ${size(data)}, is there twice for a while, and as a dump: ${size(needed)}. Nothing is changed.`,
    );
}

export function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What a person reads before it is asked. */
export function wayText(
  { kind, to }: Way,
  { live }: Found,
  stack: { readonly prefix: string; readonly isCopied: boolean },
  room: Room | undefined,
): string {
  const volume = (name: string) => `${stack.prefix}-db-${name}`;
  const from = `PostgreSQL ${live.major} (${live.image}, volume ${volume(live.volume)})`;
  switch (kind) {
    case 'finish':
      return `The database is on volume ${volume(to.volume)} already, PostgreSQL ${to.major}: what was interrupted is brought to its end.`;
    case 'restart':
      return [
        `The database goes from ${live.image} to ${to.image}, both of PostgreSQL ${to.major}, on the volume that it has.`,
        'It restarts: requests get 503 with Retry-After for some seconds. Data stays where it is.',
      ].join('\n');
    case 'switch':
      return [
        `The database goes from ${from} back to PostgreSQL ${to.major} (${to.image}) and to the data as it was on volume ${volume(to.volume)} at the upgrade.`,
        '  1. the maintenance page: from here on, nobody can work',
        `  2. a backup of what is there. PostgreSQL ${to.major} can't restore it: WHAT WAS WRITTEN SINCE THE UPGRADE IS NO LONGER IN USE`,
        '  3. the database starts anew, on that volume; the page is back',
        `Volume ${volume(live.volume)} stays.`,
      ].join('\n');
    case 'move':
      return [
        `The database goes from ${from} to PostgreSQL ${to.major} (${to.image}, volume ${volume(to.volume)}).`,
        '  1. a backup, which is restored once before it counts',
        '  2. the maintenance page: from here on, nobody can work',
        `  3. all data${room ? `, ${size(room.data)},` : ''} is dumped and restored beside the live data; each table is counted and summed in both`,
        '  4. the database starts anew, on the new volume; the page is back',
        `What is on volume ${volume(live.volume)} stays as it is. Until 4, nothing is changed; if it is interrupted, the same command goes on.`,
        ...(stack.isCopied
          ? [
              `The copy off the server goes on with the new database. Moments before this can only be had from it by PostgreSQL ${live.major}.`,
            ]
          : []),
      ].join('\n');
  }
}

/** What a person reads when it is done. @param seconds of the maintenance page; undefined without one */
export function doneText(
  { kind, to }: Way,
  { live }: Found,
  stack: { readonly prefix: string; readonly name: string },
  {
    seconds,
    safety,
  }: { readonly seconds: number | undefined; readonly safety: string | undefined },
): string {
  const away = seconds === undefined ? '' : ` The maintenance page was shown for ${seconds} s.`;
  const is = `The database is PostgreSQL ${to.major} (${to.image}).${away}`;
  if (kind === 'restart') return is;
  if (kind === 'finish')
    return `${is} It runs on volume ${stack.prefix}-db-${to.volume}; what it was moved from stays.`;
  const words = stackWords(stack.name);
  return [
    is,
    `What was there before is on volume ${stack.prefix}-db-${live.volume}${safety ? `, and in ${safety}` : ''}.`,
    `Back: npm run upgrade -- --back${words}`,
    `When nobody will go back: npm run upgrade -- --finish${words}`,
  ].join('\n');
}

function stackWords(stack: string): string {
  return stack === 'prod' ? '' : ` --stack ${stack}`;
}
