// `npm run releases`: what was released on this server, newest first, what it was built on, and which one runs.
import { docker, linesOf, tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { parseRelease } from '../infra/config';
import { labels, releaseTiers } from '../infra/names';
import type { Arguments } from './arguments';
import { Stack } from './stack';

/** A Docker Config that the program left behind when a release had converged. */
export interface ReleaseRecord {
  readonly id: string;
  readonly release: string;
  /** ISO 8601 */
  readonly createdAt: string;
}

export async function main(args: Arguments): Promise<number> {
  const stack = new Stack(args.stack);
  const { live, records } = await readReleases(stack);
  const builtOn = await readBaseImages(stack, latest(records));
  process.stdout.write(`${listReleases(records, live, builtOn)}\n`);
  return 0;
}

/** Every record of the stack, newest first, and the release that runs, as the server has it. */
export async function readReleases(
  stack: Stack,
): Promise<{ live: string; records: ReleaseRecord[] }> {
  const live = await liveRelease(stack);
  const filter = `label=${labels.stack}=${stack.prefix}`;
  const ids = linesOf(await docker(['config', 'ls', '-q', '--filter', filter]));
  if (ids.length === 0) return { live, records: [] };
  const inspected = JSON.parse(await docker(['config', 'inspect', ...ids])) as {
    ID: string;
    CreatedAt: string;
    Spec: { Labels: Record<string, string> };
  }[];
  const records = inspected
    .map(({ ID, CreatedAt, Spec }) => ({
      id: ID,
      release: Spec.Labels[labels.release] ?? '',
      createdAt: CreatedAt,
    }))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return { live, records };
}

/** What the services run, whatever the state says: after a release that failed, the one before. */
async function liveRelease(stack: Stack): Promise<string> {
  const services = releaseTiers.map((tier) => `${stack.prefix}-${tier}`);
  const format = `{{index .Spec.Labels "${labels.release}"}}`;
  const found = await tryDocker(['service', 'inspect', '--format', format, ...services]);
  if (!found.ok)
    throw new Problem(`Stack ${stack.name} has no releases: only a swarm stack that is up has.`);
  const tags = linesOf(found.stdout.trim());
  if (tags.length === services.length) return tags.join('-');
  // Services that a program of before this label made.
  const { release } = await stack.outputs();
  return typeof release === 'string' ? release : '';
}

/** What each release's images were built on, as they say themselves; none for one that is gone. */
async function readBaseImages(
  stack: Stack,
  records: readonly ReleaseRecord[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const format = `{{index .Config.Labels "${labels.baseImages}"}}`;
  const builtOn = new Map<string, string[]>();
  for (const { release } of records) {
    const parsed = parseRelease(release);
    if (!parsed || parsed === 'malformed') continue;
    const answers = await Promise.all(
      releaseTiers.map((tier) => {
        const image = `${stack.repository(tier)}:${parsed[tier]}`;
        return tryDocker(['image', 'inspect', '--format', format, image]);
      }),
    );
    const bases = answers.flatMap(({ ok, stdout }) => (ok ? stdout.trim().split(' ') : []));
    builtOn.set(release, [...new Set(bases)].filter(Boolean));
  }
  return builtOn;
}

/** A line a release; one that was released again counts from its last time. */
export function listReleases(
  records: readonly ReleaseRecord[],
  live: string,
  builtOn: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  const lines = latest(records).map(({ release, createdAt }) => {
    const when = `${createdAt.slice(0, 16).replace('T', ' ')} UTC`;
    const bases = builtOn.get(release) ?? [];
    return [
      release,
      when,
      release === live ? 'live' : '    ',
      bases.length > 0 ? `on ${bases.map(shortReference).join(', ')}` : '',
    ]
      .join('  ')
      .trimEnd();
  });
  return lines.length > 0 ? lines.join('\n') : 'There is no release yet: npm run prod';
}

/** As `node:22-alpine@1a2b3c4d5e6f`. */
function shortReference(reference: string): string {
  return reference.replace(/@sha256:([0-9a-f]{12})[0-9a-f]*$/, '@$1');
}

/** The newest record of each release. */
export function latest(records: readonly ReleaseRecord[]): ReleaseRecord[] {
  return records.filter(
    ({ release }, index) => records.findIndex((other) => other.release === release) === index,
  );
}
