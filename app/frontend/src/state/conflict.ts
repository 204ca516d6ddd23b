// A change of what somebody else, or another tab, has changed meanwhile: both are shown, field by
// field, and a person says whose it shall be.
import { signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';

/** What a thing has, as a person reads it: by the names of its fields. */
export type Texts = Record<string, string>;

export interface Difference {
  field: string;
  before: string;
  theirs: string;
  /** Undefined: not changed here. */
  yours: string | undefined;
}

export type Choice = 'theirs' | 'yours';

export interface Conflict {
  what: string;
  differences: Difference[];
  answer(choice: Choice | undefined): void;
}

export const conflict = signal<Conflict | undefined>(undefined);

/** The fields that were changed there or here, in the order of the fields. */
export function differences(before: Texts, theirs: Texts, yours: Texts): Difference[] {
  return Object.keys(before)
    .map((field) => ({
      field,
      before: before[field] ?? '',
      theirs: theirs[field] ?? '',
      yours: yours[field] === before[field] ? undefined : (yours[field] ?? ''),
    }))
    .filter(({ before, theirs, yours }) => theirs !== before || yours !== undefined);
}

/** What of a change is one: fields that stay as they are shall not undo what others make of them. */
export function changed<T extends object>(before: T, change: Partial<T>): Partial<T> {
  const same = (key: string) =>
    JSON.stringify(before[key as keyof T]) === JSON.stringify(change[key as keyof T]);
  return Object.fromEntries(Object.entries(change).filter(([key]) => !same(key))) as Partial<T>;
}

function ask(what: string, differences: Difference[]): Promise<Choice | undefined> {
  return new Promise((resolve) => {
    conflict.value = {
      what,
      differences,
      answer: (choice) => {
        conflict.value = undefined;
        resolve(choice);
      },
    };
  });
}

/**
 * Sends a change for the version that was seen. If it isn't the one that is there any more, asks;
 * what is answered is what is there in the end. Throws if the person thinks better of it.
 */
export async function guarded<T extends { version: string }, V extends object>({
  what,
  base,
  valuesOf,
  change,
  textsOf,
  send,
  current = async (problem) => problem as T,
}: {
  what: string;
  /** As it was when the change was begun. */
  base: T;
  /** Of it, what can be changed. */
  valuesOf: (thing: T) => V;
  change: Partial<V>;
  textsOf: (values: V) => Texts;
  send: (change: Partial<V>, over: T) => Promise<T>;
  /** As it is now, of what the problem has. */
  current?: (shown: unknown) => Promise<T>;
}): Promise<T> {
  const before = valuesOf(base);
  const wanted = changed(before, change);
  if (Object.keys(wanted).length === 0) return base;
  for (let over = base; ; ) {
    try {
      return await send(wanted, over);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      over = await current(error.problem.current);
      const yours = { ...before, ...wanted };
      const both = differences(textsOf(before), textsOf(valuesOf(over)), textsOf(yours));
      // Who wrote the same, or nothing that is changed here, is in nobody's way.
      if (both.every(({ theirs, yours }) => theirs === yours)) continue;
      const choice = await ask(what, both);
      if (choice === 'theirs') return over;
      if (choice === undefined) throw new Error('Not saved: it was changed meanwhile.');
    }
  }
}
