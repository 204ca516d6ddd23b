// A stack that is ready for `pulumi up`: it exists, and no run that was killed holds it.
import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { processLives } from '../host/processes';
import { projectName } from '../host/stack';
import type { Note } from './step';

/** Runs the CLI in the project and returns what it prints. */
export type Pulumi = (args: string[]) => Promise<string>;

/**
 * Makes the stack if there is none, and frees one that a run of Pulumi holds which was killed.
 * @param state the folder of the local file backend
 */
export async function ensureStack(
  stack: string,
  state: string,
  pulumi: Pulumi,
  note: Note,
): Promise<void> {
  const stacks: { name: string }[] = JSON.parse(await pulumi(['stack', 'ls', '--json']));
  if (stacks.some(({ name }) => name.split('/').at(-1) === stack)) {
    const freed = await removeDeadLocks(
      join(state, '.pulumi/locks/organization', projectName, stack),
    );
    note(`${stack}, already there${freed ? ', freed from a run that was killed' : ''}`);
    return;
  }
  await pulumi(['stack', 'init', stack, '--no-select']);
  note(`${stack}, made`);
}

/** Pulumi's own locks name host and process, but nobody takes them away when the process is killed. */
export async function removeDeadLocks(folder: string): Promise<boolean> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'));
  let removed = false;
  for (const file of files.map((name) => join(folder, name))) {
    const lock: { pid: number; hostname: string } = JSON.parse(await readFile(file, 'utf8'));
    if (lock.hostname !== hostname() || processLives(lock.pid)) continue;
    await rm(file);
    removed = true;
  }
  return removed;
}
