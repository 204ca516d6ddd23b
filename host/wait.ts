// Waits for what comes by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from './problem';

const everyMs = 250;

/**
 * Asks four times a second until it holds.
 *
 * @param seconds how long at most
 * @param otherwise what is wrong if it doesn't, with the command that says more
 * @throws Problem
 */
export async function until(
  holds: () => Promise<boolean>,
  seconds: number,
  otherwise: string,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Problem(otherwise);
    await pause(everyMs);
  }
}
