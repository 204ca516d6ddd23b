// `pulumi` on PATH, for hosts whose CLI was built here: a small script, so that the plain commands
// work without an environment of their own.
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { exists, onPath } from '../host/programs';
import { isLauncher } from './preflight';
import type { Note } from './step';

/** Puts the launcher on PATH, unless there is a `pulumi` of someone else's. */
export async function ensureLauncher(toolchain: string, note: Note): Promise<void> {
  const there = await onPath('pulumi');
  if (there && !(await isLauncher(there))) {
    note(`${there} is left as it is`);
    return;
  }
  const root = process.getuid?.() === 0;
  const file = there ?? join(root ? '/usr/local/bin' : join(homedir(), '.local', 'bin'), 'pulumi');
  const script = await launcherScript(toolchain);
  if (await isAsGood(file, toolchain)) {
    note('already there');
    return;
  }
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(`${file}.unfinished`, script);
  await chmod(`${file}.unfinished`, 0o755);
  await rename(`${file}.unfinished`, file);
  note((await onPath('pulumi')) ? file : `${file}: add ${join(file, '..')} to PATH`);
}

/** Whether it is this launcher, for the same tools, maybe those in another home. */
async function isAsGood(file: string, toolchain: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const its = /^cli='(.*)\/pulumi'$/m.exec(text)?.[1];
  if (its === undefined || basename(its) !== basename(toolchain)) return false;
  return text === (await launcherScript(its)) && (await exists(join(its, 'pulumi')));
}

/** Takes the launcher away where it would hide an official CLI. */
export async function removeLauncher(): Promise<void> {
  const there = await onPath('pulumi');
  if (there && (await isLauncher(there))) await rm(there);
}

/** The script, for the CLI in this folder. */
export async function launcherScript(toolchain: string): Promise<string> {
  const template = await readFile(join(__dirname, 'launcher.sh'), 'utf8');
  return template.replace('@toolchain@', toolchain);
}
