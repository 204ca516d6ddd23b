// One set-up at a time on this host and account, whichever clone it runs from.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { held, Problem } from './run.mjs';

/**
 * Runs the work under the lock, waiting for another set-up to end. The kernel gives the lock back
 * when this process and the programs that it runs have ended, however they end.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  const lock = openSync(file, 'a');
  try {
    let said = false;
    while (!taken(lock)) {
      if (!said)
        process.stdout.write(
          'Another set-up is running, or an interrupted one is still ending: waiting for it.\n',
        );
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    held.lock = lock;
    return await work();
  } finally {
    held.lock = undefined;
    closeSync(lock);
  }
}

/** @param {number} lock an open file: flock locks it for all who share it, us included */
function taken(lock) {
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', lock],
  });
  if (error) throw new Problem(`flock, of util-linux, can't be run: ${error.message}`);
  return status === 0;
}
