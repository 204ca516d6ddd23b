// What is remembered of each line from look to look, so that one bad moment is no alert and nothing is told twice.
import type { Line } from './lines.ts';

export type State = 'green' | 'red';

export interface Remembered {
  readonly state: State;
  /** Since when it is so, in ISO. */
  readonly since: string;
  readonly text: string;
  /** What was told last. */
  readonly told: State;
  /** How many looks in a row said otherwise, and when the first did. */
  readonly against: number;
  readonly doubted: string | undefined;
}

export type Memory = Readonly<Record<string, Remembered>>;

/** Looks in a row that turn a line. More for the way back: what comes and goes would be told each time. */
export const looksToTurn: Readonly<Record<State, number>> = { red: 2, green: 3 };

/** The memory after a look. A line that isn't judged any more is forgotten; one that can't be told stays as it is. */
export function remember(memory: Memory, lines: readonly Line[], now: Date): Memory {
  return Object.fromEntries(
    lines.map((line) => [line.what, turned(memory[line.what] ?? fresh(line, now), line, now)]),
  );
}

function fresh({ says }: Line, now: Date): Remembered {
  return {
    state: 'green',
    since: now.toISOString(),
    text: says,
    told: 'green',
    against: 0,
    doubted: undefined,
  };
}

function turned(before: Remembered, { isWell, says }: Line, now: Date): Remembered {
  if (isWell === undefined) return before;
  const seen: State = isWell ? 'green' : 'red';
  if (seen === before.state) return { ...before, text: says, against: 0, doubted: undefined };
  const against = before.against + 1;
  const doubted = before.doubted ?? now.toISOString();
  if (against < looksToTurn[seen]) return { ...before, against, doubted };
  return { ...before, state: seen, since: doubted, text: says, against: 0, doubted: undefined };
}

/** The lines whose turn is still to be told; not one that is about to turn back. */
export function untold(memory: Memory): string[] {
  return Object.entries(memory).flatMap(([what, { state, told, against }]) =>
    state !== told && against === 0 ? [what] : [],
  );
}

export function told(memory: Memory, what: string): Memory {
  const line = memory[what];
  return line ? { ...memory, [what]: { ...line, told: line.state } } : memory;
}

export function isAllGreen(memory: Memory): boolean {
  return Object.values(memory).every(({ state }) => state === 'green');
}

/** A memory as it was kept; empty for what is none. */
export function parseMemory(text: string): Memory {
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, line]) => isRemembered(line)));
  } catch {
    return {};
  }
}

function isRemembered(line: unknown): line is Remembered {
  const { state, told, since, against } = (line ?? {}) as Partial<
    Record<keyof Remembered, unknown>
  >;
  const isState = (value: unknown) => value === 'green' || value === 'red';
  return (
    isState(state) && isState(told) && typeof since === 'string' && typeof against === 'number'
  );
}
