// `npm run releases`: what was released on this server, newest first, and which one is live.
import { parseRelease } from '../infra/config';
import { imageRepository, releaseLabel, stackLabel } from '../infra/release';
import { Problem } from '../setup/run.mjs';
import { readArguments, Stack } from './stack';

/** How many releases are kept, with their images, to roll back to. */
export const keptReleases = 5;

/** A Docker Config that the program left behind when a release had converged. */
export interface ReleaseRecord {
  readonly id: string;
  readonly release: string;
  /** ISO 8601 */
  readonly createdAt: string;
}

export async function main(args: string[]): Promise<number> {
  const stack = new Stack(readArguments(args, 'npm run releases -- [--stack prod]', 0).stack);
  const { live, records } = await readReleases(stack);
  process.stdout.write(`${listReleases(records, live)}\n`);
  return 0;
}

/** Every record of the stack, newest first, and the release that runs. */
export async function readReleases(
  stack: Stack,
): Promise<{ live: string; records: ReleaseRecord[] }> {
  const { release } = await stack.outputs();
  if (typeof release !== 'string')
    throw new Problem(`Stack ${stack.name} has no releases: only a swarm stack that is up has.`);
  const ids = (
    await stack.docker(['config', 'ls', '-q', '--filter', `label=${stackLabel}=${stack.prefix}`])
  )
    .split('\n')
    .filter(Boolean);
  if (ids.length === 0) return { live: release, records: [] };
  const inspected = JSON.parse(await stack.docker(['config', 'inspect', ...ids])) as {
    ID: string;
    CreatedAt: string;
    Spec: { Labels: Record<string, string> };
  }[];
  const records = inspected
    .map(({ ID, CreatedAt, Spec }) => ({
      id: ID,
      release: Spec.Labels[releaseLabel] ?? '',
      createdAt: CreatedAt,
    }))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return { live: release, records };
}

/** A line a release; one that was released again counts from its last time. */
export function listReleases(records: readonly ReleaseRecord[], live: string): string {
  const lines = latest(records).map(({ release, createdAt }) => {
    const when = createdAt.slice(0, 16).replace('T', ' ');
    return `${release}  ${when} UTC${release === live ? '  live' : ''}`;
  });
  return lines.length > 0 ? lines.join('\n') : 'There is no release yet: npm run prod';
}

/** The newest record of each release. */
export function latest(records: readonly ReleaseRecord[]): ReleaseRecord[] {
  return records.filter(
    ({ release }, index) => records.findIndex((other) => other.release === release) === index,
  );
}

/** What goes: records beyond the newest releases, and image tags that no kept release needs. */
export function outdated(
  records: readonly ReleaseRecord[],
  live: string,
  tags: Readonly<Record<'backend' | 'frontend', readonly string[]>>,
): { records: ReleaseRecord[]; tags: Record<'backend' | 'frontend', string[]> } {
  const kept = latest(records).filter(
    ({ release }, index) => index < keptReleases || release === live,
  );
  const needed = [live, ...kept.map(({ release }) => release)].map((release) => {
    const parsed = parseRelease(release);
    return parsed === 'malformed' ? undefined : parsed;
  });
  const unneeded = (tier: 'backend' | 'frontend') =>
    tags[tier].filter((tag) => !needed.some((release) => release?.[tier] === tag));
  return {
    records: records.filter((record) => !kept.includes(record)),
    tags: { backend: unneeded('backend'), frontend: unneeded('frontend') },
  };
}

/** Removes the records and images that `outdated` names. An image that still runs stays. */
export async function pruneReleases(stack: Stack): Promise<void> {
  const { live, records } = await readReleases(stack);
  const tagsOf = async (tier: string) =>
    (await stack.docker(['images', '--format', '{{.Tag}}', imageRepository(stack.prefix, tier)]))
      .split('\n')
      .filter(Boolean);
  const old = outdated(records, live, {
    backend: await tagsOf('backend'),
    frontend: await tagsOf('frontend'),
  });
  if (old.records.length > 0)
    await stack.docker(['config', 'rm', ...old.records.map(({ id }) => id)]);
  // Forced, since ended tasks still name it; one that runs is refused all the same.
  for (const tier of ['backend', 'frontend'] as const)
    for (const tag of old.tags[tier])
      await stack.tryDocker(['rmi', '--force', `${imageRepository(stack.prefix, tier)}:${tag}`]);
}
