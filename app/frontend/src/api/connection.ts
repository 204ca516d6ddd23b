// Whether the server answers. While it does not, one probe asks for all requests that wait.
import { signal } from '@preact/signals';
import type { Answer } from './operations.ts';

export interface Lost {
  /** When the next try happens, in ms since the epoch. */
  nextTry: number;
  tryNow(): void;
}

export interface Health {
  status: 'ok' | 'unavailable' | 'unknown';
  release?: string;
}

export const lost = signal<Lost | undefined>(undefined);
export const health = signal<Health>({ status: 'unknown' });

const firstDelay = 1000;
const longestDelay = 15_000;

let waiting: Promise<void> | undefined;

/** Resolves at `delay` ms, or as soon as the person or the browser says so. */
function pause(delay: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    addEventListener('online', done);
    lost.value = { nextTry: Date.now() + delay, tryNow: done };
  });
}

/** Asks the server how it is. Never throws. */
export async function checkHealth(): Promise<boolean> {
  try {
    const response = await fetch('/health', {
      cache: 'no-store',
      signal: AbortSignal.timeout(5000),
    });
    const body = (await response.json()) as Partial<Answer<'GET', '/health'>>;
    const { release = health.value.release } = body;
    health.value = { status: response.ok ? 'ok' : 'unavailable', ...(release && { release }) };
    return response.ok;
  } catch {
    health.value = { ...health.value, status: 'unavailable' };
    return false;
  }
}

async function probe(firstWait: number): Promise<void> {
  for (let delay = firstWait; ; delay = Math.min(delay * 2, longestDelay)) {
    await pause(delay);
    if (await checkHealth()) return;
  }
}

export function reconnected(
  delay: number | undefined,
  cancel: AbortSignal | undefined,
): Promise<void> {
  waiting ??= probe(Math.min(delay ?? firstDelay, longestDelay)).finally(() => {
    waiting = undefined;
  });
  if (!cancel) return waiting;
  const cancelled = new Promise<never>((_, reject) => {
    cancel.addEventListener('abort', () => reject(cancel.reason), { once: true });
  });
  return Promise.race([waiting, cancelled]);
}

export function answered(): void {
  lost.value = undefined;
  if (health.value.status !== 'ok') health.value = { ...health.value, status: 'ok' };
}
