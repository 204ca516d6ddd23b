// The copy off the server, as commands use it: what it is asked, and what it says.
import { linesOf, tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { momentText } from './moment';
import type { Stack } from './stack';

/** What the copy had at a moment, as `offsite restore` tells it. */
export interface Fetched {
  /** Seconds since 1970, as all of them. */
  readonly base: number;
  /** Of the last change to the data; undefined: none since the base. */
  readonly change: number | undefined;
  readonly entries: number;
  readonly last: { readonly start: number; readonly description: string } | undefined;
}

/** Where the backup tier finds what was fetched. */
export const fetchedDump = '/offsite/restored/data.dump';

/**
 * Asks the tier.
 *
 * @throws Problem with what it says, if it refuses
 */
export async function askOffsite(stack: Stack, ...words: readonly string[]): Promise<string> {
  const [container] = await stack.containers('offsite');
  if (!container)
    throw new Problem(
      `Stack ${stack.name} has no copy off the server that runs: it needs backupTarget (docs/backups.md), and ` +
        `docker service ps ${stack.prefix}-offsite says why it doesn't run.`,
    );
  const asked = await tryDocker(['exec', container, 'offsite', ...words]);
  if (asked.ok) return asked.stdout.trim();
  throw new Problem(refusalOf(asked.output));
}

/** The last that the tier said. */
export function refusalOf(output: string): string {
  const said = linesOf(output).filter((line) => line.startsWith('offsite: '));
  const last = said.at(-1)?.slice('offsite: '.length) ?? output.trim();
  return `The copy off the server can't be used, and nothing was changed: ${last}`;
}

/** Fetches the data of a moment, beside the live data, and says what it is. @param when seconds since 1970, or `latest` */
export async function fetchCopy(stack: Stack, when: string): Promise<Fetched> {
  process.stdout.write('Fetching the copy, and starting it beside the live data.\n');
  return parseFetched(await askOffsite(stack, 'restore', when));
}

export function parseFetched(told: string): Fetched {
  const value = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(told)?.[1];
  const number = (name: string) => {
    const found = Number(value(name) ?? Number.NaN);
    return Number.isFinite(found) ? found : undefined;
  };
  const [, start, description = ''] = /^(\d+) ?(.*)$/.exec(value('last') ?? '') ?? [];
  return {
    base: number('base') ?? 0,
    change: number('change'),
    entries: number('entries') ?? 0,
    last: start === undefined ? undefined : { start: Number(start), description },
  };
}

/** What a person is shown before it replaces anything. */
export function fetchedText(fetched: Fetched): string {
  const { entries, last, change } = fetched;
  return [
    `It has ${entries} entries.`,
    last
      ? ` The last entry in it is "${last.description}", of ${momentText(last.start)}.`
      : ' It has no entry.',
    change === undefined ? '' : ` The last change in it is of ${momentText(change)}.`,
  ].join('');
}

/** What is there now, in the same words. */
export async function liveText(stack: Stack): Promise<string> {
  const statement =
    "SELECT 'entries', count(*) FROM entries; SELECT 'last', extract(epoch FROM start_at)::bigint, " +
    "regexp_replace(left(description, 80), '[[:cntrl:]]', ' ', 'g') FROM entries ORDER BY start_at DESC, id DESC LIMIT 1";
  const psql = ['psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAXF', ' ', '-c', statement];
  return stack.inTier('db', ...psql).then(
    (told) => `What is there now: ${fetchedText(parseFetched(told)).replace(/^It has /, '')}`,
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      return "What is there now can't be read.";
    },
  );
}
