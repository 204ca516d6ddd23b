// The one place that speaks to the world outside. An address is a secret: no reason that comes from here holds one.
import { reasonOf } from './look.ts';
import type { Outgoing } from './message.ts';

/** Undefined if it arrived, or why it didn't. */
export async function send({ url, ...outgoing }: Outgoing): Promise<string | undefined> {
  try {
    // What is moved elsewhere isn't followed: that would hand the address on.
    const answer = await fetch(url, {
      ...outgoing,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `answers ${answer.status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

const minute = 60_000;

/** How long to wait after so many failures: a minute, and ever longer, an hour at most. */
export function patience(failures: number): number {
  return Math.min(60, 2 ** (failures - 1)) * minute;
}
