// Newer base images for a stack: pulled, or built again where the host makes its own. Taken back, if
// the release that was to be built on them is not made.
import { docker, tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { hostSettings } from '../host/settings';
import { type BaseImage, officialImages } from '../infra/names';
import { ensureImages, imageNames } from '../offline/images/build';
import { step } from '../setup/step';
import type { Stack } from './stack';

/** A tag and what it meant: an image's id. */
interface Tagged {
  readonly reference: string;
  readonly id: string;
}

/** The references that a stack's images are built from: config's, else this host's, else the official ones. */
export async function baseImageReferences(stack: Stack): Promise<Record<BaseImage, string>> {
  const text = await stack.config('images');
  const config: Partial<Record<BaseImage, string>> = text === undefined ? {} : JSON.parse(text);
  return { ...officialImages, ...hostSettings().baseImages, ...config };
}

/**
 * Moves the tags on the stack's engine to the newest images.
 *
 * @returns moves them back
 */
export async function takeNewerBaseImages(stack: Stack): Promise<() => Promise<void>> {
  const references = Object.values(await baseImageReferences(stack));
  // One that is pinned by a digest can't move.
  const movable = references.filter((reference) => !reference.includes('@'));
  const before = await tagged(movable);
  const moveBack = async () => {
    for (const { reference, id } of before) await docker(['tag', id, reference]);
  };
  try {
    await step('newer base images', async (note, doing) => {
      const own = new Set<string>(Object.values(imageNames));
      if (movable.some((reference) => own.has(reference)))
        await ensureImages(() => {}, doing, { newer: true });
      // One that is not there is not used; or the release fetches the newest by itself.
      for (const { reference } of before.filter(({ reference }) => !own.has(reference))) {
        doing(reference);
        await docker(['pull', '--quiet', reference]);
      }
      const changed = (await tagged(movable)).filter(
        ({ reference, id }) => !before.some((old) => old.reference === reference && old.id === id),
      );
      note(
        changed.length > 0 ? changed.map(({ reference }) => reference).join(', ') : 'none is newer',
      );
    });
  } catch (error) {
    await moveBack();
    throw error instanceof Problem ? new Problem(`Nothing was released. ${error.message}`) : error;
  }
  return moveBack;
}

async function tagged(references: readonly string[]): Promise<Tagged[]> {
  const found = await Promise.all(
    references.map(async (reference) => {
      const { ok, stdout } = await tryDocker(['image', 'inspect', '-f', '{{.Id}}', reference]);
      return ok ? [{ reference, id: stdout.trim() }] : [];
    }),
  );
  return found.flat();
}
