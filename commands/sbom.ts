// `npm run sbom`: the bill of materials of what runs, read from the images themselves.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { docker, linesOf, tryDocker } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { everyTier, labels, releaseTiers, type Tier } from '../infra/names';
import { type Bill, billOf, type ImageContents } from '../supply/bill';
import { alpineParts, debianParts, goParts } from '../supply/image-contents';
import { packagesOf } from '../supply/packages';
import type { Arguments } from './arguments';
import { Stack } from './stack';

export async function main({ stack: name, options }: Arguments): Promise<number> {
  const bill = await readBill(new Stack(name));
  const text = `${JSON.stringify(bill, null, 2)}\n`;
  if (options.out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  await mkdir(dirname(resolve(options.out)), { recursive: true });
  await writeFile(options.out, text);
  process.stdout.write(`${options.out}: ${count(bill)}\n`);
  return 0;
}

/** After a release: beside the program, by the release's name. What can't be read is no reason for it to fail. */
export async function keepBill(stack: Stack): Promise<void> {
  try {
    const bill = await readBill(stack);
    const file = join('sbom', stack.prefix, `${bill.metadata.component.version}.cdx.json`);
    await mkdir(dirname(join(projectRoot, file)), { recursive: true });
    await writeFile(join(projectRoot, file), `${JSON.stringify(bill, null, 2)}\n`);
    process.stdout.write(`Bill of materials: ${file}, ${count(bill)}\n`);
  } catch (error) {
    process.stdout.write(`No bill of materials: ${(error as Error).message}\n`);
  }
}

function count({ components }: Bill): string {
  const images = components.filter(({ type }) => type === 'container').length;
  return `${images} images, ${components.length - images} parts`;
}

async function readBill(stack: Stack): Promise<Bill> {
  const running = await runningImages(stack);
  if (running.length === 0)
    throw new Problem(`Nothing of stack ${stack.name} runs: bring it up, then ask again.`);
  const images: ImageContents[] = [];
  for (const { tier, image } of running) images.push(await readImage(tier, image));
  const ofRelease: readonly Tier[] = releaseTiers;
  const releases = running
    .filter(({ tier }) => ofRelease.includes(tier))
    .map(({ release }) => release)
    .filter((release) => release !== '');
  // Stacks of containers have no releases.
  return billOf(stack.prefix, releases.join('-') || 'unreleased', images, new Date());
}

interface Running {
  readonly tier: Tier;
  readonly image: string;
  /** The tag of its image. */
  readonly release: string;
}

/** What each tier's service is to run; of a stack of containers, what its container runs. */
async function runningImages(stack: Stack): Promise<Running[]> {
  const found: Running[] = [];
  for (const tier of everyTier) {
    const name = `${stack.prefix}-${tier}`;
    const label = `{{index .Spec.Labels "${labels.release}"}}`;
    const service = await tryDocker([
      ...['service', 'inspect', name, '--format'],
      `{{.Spec.TaskTemplate.ContainerSpec.Image}} ${label}`,
    ]);
    const container = service.ok
      ? service
      : await tryDocker([
          ...['container', 'inspect', name, '--format'],
          `{{.Image}} {{index .Config.Labels "${labels.release}"}}`,
        ]);
    if (!container.ok) continue;
    const [image = '', release = ''] = container.stdout.trim().split(' ');
    found.push({ tier, image, release: release.startsWith('<') ? '' : release });
  }
  return found;
}

const files = {
  debian: '/var/lib/dpkg/status',
  alpine: '/lib/apk/db/installed',
  node: '/app/node_modules/.package-lock.json',
  page: '/usr/share/timetracker/package-lock.json',
} as const;

async function readImage(tier: Tier, image: string): Promise<ImageContents> {
  const format = `{{.Id}} {{index .Config.Labels "${labels.baseImages}"}}`;
  const [line = ''] = linesOf(await docker(['image', 'inspect', '--format', format, image]));
  const [id = '', ...builtOn] = line.split(' ').filter((word) => word !== '');
  const read = (script: string) =>
    docker(['run', '--rm', '--network=none', '--entrypoint=sh', image, '-c', script]);
  // One container for all: each costs half a second. The mark is in none of these files.
  const mark = '==== of this image ====';
  const scripts = [
    ...Object.values(files).map((file) => `cat ${file} 2>/dev/null`),
    'caddy build-info 2>/dev/null',
  ];
  const texts = (await read(`${scripts.join(`; echo "${mark}"; `)}; true`)).split(mark);
  const [debian = '', alpine = '', node = '', page = '', go = ''] = texts;
  const packages = [node, page].filter((text) => text.trim() !== '').flatMap(packagesOf);
  return {
    ...{ tier, id, builtOn, packages },
    parts: [...debianParts(debian), ...alpineParts(alpine), ...goParts(go)],
  };
}
