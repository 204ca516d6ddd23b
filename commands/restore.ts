// `npm run restore -- <backup>`: replaces the data by a backup, after a backup of what is there.
import { setTimeout as pause } from 'node:timers/promises';
import { docker } from '../host/docker';
import { Problem } from '../host/problem';
import type { Arguments } from './arguments';
import { listBackups, readBackups } from './backup';
import { Stack } from './stack';
import { confirm } from './terminal';

/** How long a backend may take to be replaced, in seconds. */
const backendStarts = 120;

export async function main({ stack: name, yes, words }: Arguments): Promise<number> {
  const [wish] = words;
  const stack = new Stack(name);

  const backups = await readBackups(stack);
  const wished = wish === 'latest' ? backups[0]?.name : wish;
  if (!wished || !backups.some((backup) => backup.name === wished))
    throw new Problem(`There is no backup "${wish}". There are:\n${listBackups(backups)}`);
  if (
    !(await confirm(
      `Replace all data of stack ${stack.name} by ${wished}? What is there now is backed up first.`,
      yes,
    ))
  ) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  const before = await stack.inTier('backup', 'backup', 'now');
  await stack.inTier('backup', 'backup', 'restore', wished);
  await replaceBackends(stack);
  process.stdout.write(
    `The data is that of ${wished}. What was there before is in ${before}: npm run restore -- ${before}\n`,
  );
  return 0;
}

/** One after the other, so that they migrate a backup of an earlier release, and the others serve meanwhile. */
async function replaceBackends(stack: Stack): Promise<void> {
  const old = await stack.containers('backend');
  for (const container of old) {
    await docker(['stop', container]);
    const deadline = Date.now() + backendStarts * 1000;
    while ((await stack.containers('backend', 'health=healthy')).length < old.length) {
      if (Date.now() > deadline)
        throw new Problem(
          `The data is restored, but a backend did not start on it: see docker service logs ${stack.prefix}-backend`,
        );
      await pause(500);
    }
  }
}
