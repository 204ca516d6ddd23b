// The node modules of the packages beside the root's, which the entry installs.
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { heldLock } from '../host/lock';
import { Problem } from '../host/problem';
import { tryRun } from '../host/programs';

/** Installs what the lock file says, if it isn't there, and returns what came of it. */
export async function installModules(folder: string): Promise<string> {
  const script = join(projectRoot, 'setup', 'modules.mjs');
  const lock = heldLock() === undefined ? [] : ['--locked'];
  const outcome = await tryRun(process.execPath, [script, folder, ...lock]);
  if (!outcome.ok) throw new Problem(outcome.output.trimEnd());
  return outcome.stdout.trim();
}
