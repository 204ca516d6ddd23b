// Programs that check the workflows: actionlint, built with Go, and zizmor, from PyPI. Kept outside the clone.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, keyOf, ownFolder, projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { exists, onPath, run, tryRun } from '../host/programs';
import { aptInstall } from '../offline/debian';
import { buildGoTool } from '../offline/toolchain/build';
import type { Doing, Note } from '../setup/step';

/** The file that pip may install, by its contents. */
const zizmor =
  'zizmor==1.32.0 --hash=sha256:84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071\n';

export async function ensureWorkflowTools(note: Note, doing: Doing): Promise<void> {
  doing('actionlint, with Go');
  await ensureActionlint();
  doing('zizmor, from PyPI');
  await ensureZizmor();
  note('actionlint, zizmor');
}

/** Makes sure of actionlint and returns it. */
export async function ensureActionlint(): Promise<string> {
  const module = join(projectRoot, 'testing', 'actionlint');
  const folder = await made(`actionlint-${await keyOf([module])}`, (into) =>
    buildGoTool('github.com/rhysd/actionlint/cmd/actionlint', module, into),
  );
  return join(folder, 'actionlint');
}

/** Makes sure of zizmor and returns it. */
export async function ensureZizmor(): Promise<string> {
  const folder = await made(`zizmor-${await keyOf([], zizmor)}`, async (into) => {
    const list = join(into, 'requirements.txt');
    await writeFile(list, zizmor);
    const options = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--target', into];
    await run(await python(), ['-m', 'pip', 'install', '--quiet', ...options, '-r', list]);
  });
  return join(folder, 'bin', 'zizmor');
}

/** A Python with pip: the one on PATH, else Debian's. */
async function python(): Promise<string> {
  const has = async () => (await tryRun('python3', ['-m', 'pip', '--version'])).ok;
  if (await has()) return 'python3';
  if (process.getuid?.() === 0 && (await onPath('apt-get'))) await aptInstall(['python3-pip']);
  if (await has()) return 'python3';
  throw new Problem('The check of the workflows needs Python 3 with pip on PATH.');
}

/** A folder of the cache, made if it isn't there. */
export async function made(
  name: string,
  make: (into: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(ownFolder(cacheFolder()), name);
  if (await exists(folder)) return folder;
  // Two that make it at once each have their own, and the first one stays.
  const unfinished = `${folder}.unfinished-${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** Makes sure of nektos/act, which runs workflows on this host, and returns it. */
export async function ensureAct(): Promise<string> {
  const module = join(projectRoot, 'testing', 'act');
  const folder = await made(`act-${await keyOf([module])}`, (into) =>
    buildGoTool('github.com/nektos/act', module, into),
  );
  return join(folder, 'act');
}
