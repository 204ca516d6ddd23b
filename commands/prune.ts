// Old releases go, so that they don't fill the disk: records, images of every tier, here and in a registry of the stack's own,
// and build cache.
import { docker, linesOf, tryDocker } from '../host/docker';
import { parseRelease } from '../infra/config';
import { everyTier, type Tier } from '../infra/names';
import { latest, type ReleaseRecord, readReleases } from './releases';
import type { Stack } from './stack';

/** How many releases are kept, with their images, to roll back to. */
export const keptReleases = 5;
/** What builds may keep to be faster the next time. */
export const buildCache = '4GB';

/** A tag of a tier's images. */
export interface TaggedImage {
  readonly tier: Tier;
  readonly tag: string;
  /** As a service may name it: its id on the engine; in a registry, its name with the digest. */
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
  const used = await usedImages(stack);
  const old = outdated(records, live, images, used);
  if (old.records.length > 0) await docker(['config', 'rm', ...old.records.map(({ id }) => id)]);
  // Forced, since ended tasks still name it; one that runs is refused all the same.
  for (const { tier, tag } of old.images)
    await tryDocker(['rmi', '--force', `${stack.repository(tier)}:${tag}`]);
  await tryDocker(['builder', 'prune', '--force', '--keep-storage', buildCache]);
  const inRegistry = (script: string, ...words: string[]) =>
    stack.inTier('registry', 'sh', '-c', script, 'sh', stack.prefix, ...words);
  if ((await stack.containers('registry')).length === 0) return;
  const pushed = parseTags(stack, await inRegistry(listTags));
  const gone = outdated(records, live, pushed, used).images;
  if (gone.length > 0)
    await inRegistry(collect, ...gone.map(({ tier, tag }) => `${tier}/_manifests/tags/${tag}`));
}

/** Where the registry keeps what is said of a repository: https://distribution.github.io/distribution/spec/, the driver `filesystem`. */
const repositories = 'cd "/var/lib/registry/docker/registry/v2/repositories/$1" || exit 0; shift';

/** A line a tag: its file, and the digest in it. */
const listTags = `${repositories}
for link in */_manifests/tags/*/current/link; do
  [ -f "$link" ] && echo "$link $(cat "$link")"
done; true`;

/**
 * Takes tags away, and whatever no tag leads to; not while something is pushed, which would lose parts. Its config is in
 * another folder before registry:3.
 */
const collect = `${repositories}
[ -z "$(find . -path '*/_uploads/*' -mmin -60 | head -n 1)" ] || exit 0
rm -rf -- "$@"
for config in /etc/distribution/config.yml /etc/docker/registry/config.yml; do
  [ -f "$config" ] && exec registry garbage-collect --delete-untagged "$config"
done`;

/** What `listTags` prints. Who may push may have made any name; those of tiers are looked at. */
export function parseTags(stack: Pick<Stack, 'repository'>, listing: string): TaggedImage[] {
  return linesOf(listing).flatMap((line) => {
    const [, name, tag = '', digest] =
      /^([a-z]+)\/_manifests\/tags\/([\w][\w.-]*)\/current\/link (sha256:[0-9a-f]{64})$/.exec(
        line,
      ) ?? [];
    const tier = everyTier.find((one) => one === name);
    return tier ? [{ tier, tag, id: `${stack.repository(tier)}@${digest}` }] : [];
  });
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
