// The browser of the browser tests: the one on PATH, else Debian's.
import { aptInstall } from './debian';
import { onPath } from './preflight.mjs';
import { Problem } from './run.mjs';
import type { Doing, Note } from './step.mjs';

export async function ensureChromium(note: Note, doing: Doing): Promise<void> {
  if (await onPath('chromium')) {
    note('already there');
    return;
  }
  if (process.getuid?.() !== 0 || !(await onPath('apt-get'))) {
    throw new Problem('The browser tests need `chromium` on PATH: install it.');
  }
  doing("installing Debian's");
  await aptInstall(['chromium']);
  note('installed');
}
