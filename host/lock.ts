// One set-up at a time on this host and account, whichever clone it runs from.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder, ownFolder } from './folders';

let held: number | undefined;

/** The open file of the lock, while it is held. */
export function heldLock(): number | undefined {
  return held;
}

/**
 * Runs the work under the lock, waiting for another set-up to end. The kernel gives the lock back
 * when this process and the programs that it runs have ended, however they end. Without flock, as on
 * macOS, there is none, and two set-ups at once are the user's affair.
 */
export async function withLock<T>(work: () => Promise<T>): Promise<T> {
  const folder = ownFolder(cacheFolder());
  const lock = openSync(join(folder, 'lock'), 'a');
  try {
    let said = false;
    while (!taken(lock)) {
      if (!said)
        process.stdout.write(
          'Another set-up is running, or an interrupted one is still ending: waiting for it.\n',
        );
      said = true;
      await pause(500);
    }
    held = lock;
    return await work();
  } finally {
    held = undefined;
    closeSync(lock);
  }
}

/** @param lock an open file: flock locks it for all who share it, us included */
function taken(lock: number): boolean {
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', lock],
  });
  return error !== undefined || status === 0;
}
