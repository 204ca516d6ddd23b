// Old releases go, so that they don't fill the disk: records, images of every tier, and build cache.
import { docker, linesOf, tryDocker } from '../host/docker';
import { parseRelease } from '../infra/config';
import { everyTier, type Tier } from '../infra/names';
import { latest, type ReleaseRecord, readReleases } from './releases';
import type { Stack } from './stack';

/** How many releases are kept, with their images, to roll back to. */
export const keptReleases = 5;
/** What builds may keep to be faster the next time. */
export const buildCache = '4GB';

/** A tag of a tier's images on the engine. */
export interface TaggedImage {
  readonly tier: Tier;
  readonly tag: string;
  readonly id: string;
}

/**
 * What goes: records beyond the newest releases, and images that neither a kept release names, nor a
 * service runs on or would be rolled back to.
 */
export function outdated(
  records: readonly ReleaseRecord[],
  live: string,
  images: readonly TaggedImage[],
  usedIds: ReadonlySet<string>,
): { records: ReleaseRecord[]; images: TaggedImage[] } {
  const kept = latest(records).filter(
    ({ release }, index) => index < keptReleases || release === live,
  );
  const needed = [live, ...kept.map(({ release }) => release)].flatMap((release) => {
    const parsed = parseRelease(release);
    return parsed && parsed !== 'malformed' ? Object.entries(parsed) : [];
  });
  return {
    records: records.filter((record) => !kept.includes(record)),
    images: images.filter(
      ({ tier, tag, id }) =>
        !usedIds.has(id) && !needed.some(([own, wanted]) => own === tier && wanted === tag),
    ),
  };
}

/** Removes what `outdated` names, and build cache beyond its bound. */
export async function pruneImages(stack: Stack): Promise<void> {
  const { live, records } = await readReleases(stack);
  const images = (await Promise.all(everyTier.map((tier) => taggedImages(stack, tier)))).flat();
  const old = outdated(records, live, images, await usedImages(stack));
  if (old.records.length > 0) await docker(['config', 'rm', ...old.records.map(({ id }) => id)]);
  // Forced, since ended tasks still name it; one that runs is refused all the same.
  for (const { tier, tag } of old.images)
    await tryDocker(['rmi', '--force', `${stack.repository(tier)}:${tag}`]);
  await tryDocker(['builder', 'prune', '--force', '--keep-storage', buildCache]);
}

async function taggedImages(stack: Stack, tier: Tier): Promise<TaggedImage[]> {
  const format = '{{.Tag}} {{.ID}}';
  const images = ['images', '--no-trunc', '--format', format, stack.repository(tier)];
  const lines = linesOf(await docker(images));
  return lines.map((line) => {
    const [tag = '', id = ''] = line.split(' ');
    return { tier, tag, id };
  });
}

/** Ids of the images that the stack's services run on, or would be rolled back to. */
async function usedImages(stack: Stack): Promise<Set<string>> {
  const filter = `name=${stack.prefix}-`;
  const services = linesOf(await docker(['service', 'ls', '-q', '--filter', filter]));
  if (services.length === 0) return new Set();
  const image = (spec: string) =>
    `{{with .${spec}}}{{println .TaskTemplate.ContainerSpec.Image}}{{end}}`;
  const format = `${image('Spec')}${image('PreviousSpec')}`;
  return new Set(linesOf(await docker(['service', 'inspect', '--format', format, ...services])));
}
