// The node modules of the packages beside the root's, which the entry installs.
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, keyOf, projectRoot } from '../host/folders';
import { heldLock } from '../host/lock';
import { Problem } from '../host/problem';
import { exists, tryRun } from '../host/programs';

/** Installs what the lock file says, if it isn't there, and returns what came of it. */
export async function installModules(folder: string): Promise<string> {
  const script = join(projectRoot, 'setup', 'modules.mjs');
  const lock = heldLock() === undefined ? [] : ['--locked'];
  const outcome = await tryRun(process.execPath, [script, folder, ...lock]);
  if (!outcome.ok) throw new Problem(outcome.output.trimEnd());
  return outcome.stdout.trim();
}

/**
 * A copy of a package's folder in the cache, with its modules: made once for what the folder holds.
 *
 * @param name what the copy's own begins with
 * @param whenMissing called before it is made
 */
export async function installedCopy(
  name: string,
  sources: string,
  whenMissing: () => void = () => undefined,
): Promise<string> {
  const folder = join(cacheFolder(), `${name}-${await keyOf([sources])}`);
  if (await exists(folder)) return folder;
  whenMissing();
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(unfinished), { recursive: true });
  await cp(sources, unfinished, { recursive: true });
  await installModules(unfinished);
  await rename(unfinished, folder);
  return folder;
}
