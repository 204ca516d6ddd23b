// `npm run restore -- <backup>`: replaces the data by a backup, after a backup of what is there.
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../setup/run.mjs';
import { listBackups, readBackups } from './backup';
import { confirm, readArguments, Stack } from './stack';

/** How long a backend may take to be replaced, in seconds. */
const backendStarts = 120;

export async function main(args: string[]): Promise<number> {
  const usage = 'npm run restore -- <backup>|latest [--stack prod] [--yes]; see npm run backup';
  const { stack: name, yes, rest } = readArguments(args, usage, 1);
  const stack = new Stack(name);

  const backups = await readBackups(stack);
  const wished = rest[0] === 'latest' ? backups[0]?.name : rest[0];
  if (!wished || !backups.some((backup) => backup.name === wished))
    throw new Problem(`There is no backup "${rest[0]}". There are:\n${listBackups(backups)}`);
  if (
    !yes &&
    !(await confirm(
      `Replace all data of stack ${name} by ${wished}? What is there now is backed up first.`,
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
    await stack.docker(['stop', container]);
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
