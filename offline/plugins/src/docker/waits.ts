// When the official docker plugin looks at the engine. The stand-in sees sooner what it waits for,
// and tells it when the official one would: what people measure here, they will have there.

import timers from 'node:timers/promises';

/** Fields of the official SDK's StateChangeConf, in milliseconds. */
export interface StateChangeConf {
  /** Before the first look. */
  readonly delay: number;
  /** Before the second; twice as much before each that follows, up to MAX_WAIT. */
  readonly minTimeout: number;
  /** Before every look but the first, in the place of what minTimeout makes. */
  readonly pollInterval?: number;
  /** No look comes after it. */
  readonly timeout: number;
}

/** The SDK's own bound. */
const MAX_WAIT = 10_000;

/**
 * Every read of a network or a service, and the one at the end of their creation and update.
 * Source: resourceDockerNetworkRead, resourceDockerServiceRead. Recorded: 2.04 to 2.13 s. Volumes,
 * containers, images, secrets and configs are read without a wait: 0.02 to 0.31 s.
 */
export const READ: StateChangeConf = { delay: 2000, minTimeout: 5000, timeout: 30_000 };

/**
 * The removal of a network or a volume.
 * Source: resourceDockerNetworkDelete, resourceDockerVolumeDelete. Recorded: 2.01 to 2.27 s.
 */
export const REMOVAL: StateChangeConf = { delay: 2000, minTimeout: 5000, timeout: 30_000 };

/**
 * A service with convergeConfig, which has the time-out and a creation's delay; an update has its
 * own. Source: resourceDockerServiceCreate, resourceDockerServiceUpdate. Recorded, with a delay of
 * 1 s and the read: a creation 8.1 s (1 + 5 + 2) or 18.1 s (1 + 5 + 10 + 2), an update 9.2 s
 * (7 + 2), and 7.1 s if it was rolled back, since nothing is read then.
 */
export const CONVERGENCE = { minTimeout: 5000 };
export const UPDATE_DELAY = 7000;

/**
 * A container with `wait`: no StateChangeConf, but a loop that sleeps for a second; waitTimeout ends
 * it. Source: resourceDockerContainerCreate. Recorded: 2.4 and 3.4 s.
 */
export const HEALTH = { delay: 0, minTimeout: 0, pollInterval: 1000 };

const VARIABLE = 'TIMETRACKER_STAND_IN_WAITS';

/** Whether the waits are kept: always, unless the environment says otherwise. */
export function waitsAreKept(): boolean {
  const value = process.env[VARIABLE] ?? '';
  if (!['', 'on', 'off'].includes(value)) {
    throw new Error(`${VARIABLE} must be on or off, not "${value}"; unset, it is on`);
  }
  return value !== 'off';
}

/** The official plugin's first look at that time or later, in milliseconds since it began. */
export function nextLook(conf: StateChangeConf, elapsed: number): number {
  let look = conf.delay;
  let wait = 0;
  while (look < elapsed && look < conf.timeout) {
    wait = conf.pollInterval ?? Math.min(Math.max(wait * 2, conf.minTimeout), MAX_WAIT);
    look += wait;
  }
  return Math.max(elapsed, Math.min(look, conf.timeout));
}

/** Does the work; its result or error comes at the official plugin's next look, or with the signal. */
export async function toldAtNextLook<Result>(
  conf: StateChangeConf,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!waitsAreKept()) return work();
  const begun = Date.now();
  try {
    return await work();
  } finally {
    const elapsed = Date.now() - begun;
    const rest = nextLook(conf, elapsed) - elapsed;
    // What was made is told, whatever ends the wait: it must get into the state.
    if (rest > 0) await timers.setTimeout(rest, undefined, { signal }).catch(() => {});
  }
}
