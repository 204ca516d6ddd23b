// A round: look, remember, tell what has turned, and say that all is well. What lies outside is handed in.
import type { Line } from './lines.ts';
import { isAllGreen, type Memory, remember, told, untold } from './memory.ts';
import { beat, type Format, formatOf, type Outgoing, tell } from './message.ts';
import { patience } from './send.ts';

export interface Watched {
  readonly stack: string;
  readonly alert: { readonly url: string; readonly format: Format | undefined } | undefined;
  readonly heartbeat: string | undefined;
}

export interface Outside {
  readonly look: () => Promise<readonly Line[]>;
  readonly send: (outgoing: Outgoing) => Promise<string | undefined>;
  readonly now: () => Date;
  readonly save: (memory: Memory) => Promise<void>;
  readonly log: (text: string) => void;
}

/** What goes from round to round; the memory alone outlives a restart. */
export interface Standing {
  readonly memory: Memory;
  /** Of telling, in a row, and when to try again. */
  readonly failures: number;
  readonly notBefore: number;
  /** Why the heartbeat did not arrive, as it was logged. */
  readonly heartbeatFailed: string | undefined;
}

export const begin = (memory: Memory): Standing => ({
  memory,
  failures: 0,
  notBefore: 0,
  heartbeatFailed: undefined,
});

export async function round(
  watched: Watched,
  before: Standing,
  outside: Outside,
): Promise<Standing> {
  const seen = remember(before.memory, await outside.look(), outside.now());
  for (const [what, { state, text, since }] of Object.entries(seen))
    if (state !== (before.memory[what]?.state ?? 'green'))
      outside.log(`${what} is ${state} since ${since}: ${text}`);
  await outside.save(seen);
  const after = await tellAll(watched, { ...before, memory: seen }, outside);
  return { ...after, heartbeatFailed: await heartbeat(watched, after, outside) };
}

async function tellAll(
  { stack, alert }: Watched,
  before: Standing,
  { send, now, save, log }: Outside,
): Promise<Standing> {
  const { failures, notBefore } = before;
  let { memory } = before;
  if (now().getTime() < notBefore) return before;
  for (const what of untold(memory)) {
    const line = memory[what];
    if (!line) continue;
    if (alert) {
      const { state, text, since } = line;
      const format = alert.format ?? formatOf(alert.url);
      const message = { stack, line: what, state, text, since };
      const failed = await send(tell(alert.url, format, message, isAllGreen(memory)));
      if (failed !== undefined) {
        const wait = patience(failures + 1);
        log(`alertUrl ${failed}; ${what} is told again in ${wait / 60_000} min`);
        // Whoever is deaf now is asked again with patience, about the other lines, too.
        return { ...before, memory, failures: failures + 1, notBefore: now().getTime() + wait };
      }
    }
    memory = told(memory, what);
    await save(memory);
  }
  return { ...before, memory, failures: 0, notBefore: 0 };
}

/** Stops with the first line that is red, and with the server. */
async function heartbeat(
  { heartbeat }: Watched,
  { memory, heartbeatFailed }: Standing,
  { send, log }: Outside,
): Promise<string | undefined> {
  if (heartbeat === undefined || !isAllGreen(memory)) return heartbeatFailed;
  const failed = await send(beat(heartbeat));
  if (failed !== heartbeatFailed) log(`heartbeatUrl ${failed ?? 'is reached again'}`);
  return failed;
}
