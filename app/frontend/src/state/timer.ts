// The running timer, and what is typed for the next one.
import { effect, signal } from '@preact/signals';
import { client } from '../api/session.ts';
import type { Entry, TimerInput } from '../api/types.ts';
import { reloadEntries, updateEntry } from './entries.ts';

const emptyDraft: TimerInput = { description: '', project: null, tags: [], billable: false };
const draftKey = 'timer-draft';

function storedDraft(): TimerInput {
  try {
    return { ...emptyDraft, ...JSON.parse(sessionStorage.getItem(draftKey) ?? '{}') };
  } catch {
    return emptyDraft;
  }
}

export const running = signal<Entry | null>(null);
export const draft = signal<TimerInput>(storedDraft());
export const busy = signal(false);

effect(() => {
  try {
    sessionStorage.setItem(draftKey, JSON.stringify(draft.value));
  } catch {
    // Storage is switched off: the draft lasts as long as the page.
  }
});

export async function loadTimer(): Promise<void> {
  const { entry } = await client.request('GET', '/api/timer');
  if (busy.value) return;
  const changed = JSON.stringify(entry) !== JSON.stringify(running.value);
  running.value = entry;
  if (changed) await reloadEntries();
}

async function exclusively(task: () => Promise<void>): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  try {
    await task();
  } finally {
    busy.value = false;
  }
  await reloadEntries();
}

export function startTimer(input: TimerInput = draft.value): Promise<void> {
  return exclusively(async () => {
    const { project, ...rest } = input;
    const body = project === null ? rest : { ...rest, project };
    const { entry } = await client.request('POST', '/api/timer/start', {
      body,
    });
    running.value = entry;
    draft.value = emptyDraft;
  });
}

export function stopTimer(): Promise<void> {
  return exclusively(async () => {
    await client.request('POST', '/api/timer/stop');
    running.value = null;
  });
}

export const toggleTimer = () => (running.value ? stopTimer() : startTimer());

let changing: Promise<unknown> = Promise.resolve();

/**
 * Changes what the running timer is for, one change after the other: each is of the version before,
 * or of the one that was seen when it was begun.
 */
export function changeRunning(change: Partial<TimerInput>, seen?: Entry): Promise<void> {
  const id = running.value?.id;
  const run = async () => {
    const entry = seen ?? running.value;
    if (!entry || entry.id !== id) return;
    const now = await updateEntry(entry, change);
    if (running.value?.id === id) running.value = now.end === null ? now : null;
  };
  const result = changing.then(run, run);
  changing = result.catch(() => undefined);
  return result;
}

export const inputOf = (entry: Entry): TimerInput => ({
  description: entry.description,
  project: entry.project?.id ?? null,
  tags: entry.tags,
  billable: entry.billable,
});
