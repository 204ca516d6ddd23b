// The base images of this host: the official ones, which the engine pulls, or those of offline/.
import { hostSettings, saveHostSettings, type World } from '../host/settings';
import { ensureImages, imageNames } from '../offline/images/build';
import type { Doing, Note } from './step';

/** Sees to the base images, and notes where the program finds them: with the host, in no stack's config. */
export async function ensureBaseImages(world: World, note: Note, doing: Doing): Promise<void> {
  const { baseImages: _, ...rest } = hostSettings();
  if (world === 'offline') {
    await ensureImages(note, doing);
    saveHostSettings({ ...rest, baseImages: imageNames });
  } else {
    note('official ones, which the engine pulls');
    saveHostSettings(rest);
  }
}
