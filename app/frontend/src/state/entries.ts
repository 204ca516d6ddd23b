// The list of entries that the page shows, and the writes that change it.
import { computed, signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import { client } from '../api/session.ts';
import type { Entry, EntryInput, EntryPage } from '../api/types.ts';
import type { Filters } from '../lib/filters.ts';
import { type Day, dayOf, instantOf, plusDays, timeOf } from '../lib/zone.ts';
import { projectName, projects, zone } from './base.ts';
import { guarded } from './conflict.ts';
import { toast } from './toast.ts';

const pageSize = 50;

const loaded = signal<Entry[]>([]);
const cursor = signal<string | null>(null);
/** Deleted on the page, but not yet on the server: there is still an undo. */
const hidden = signal<ReadonlySet<string>>(new Set());
export const state = signal<'loading' | 'ready' | 'failed'>('loading');
export const hasMore = computed(() => cursor.value !== null);
export const entries = computed(() => loaded.value.filter(({ id }) => !hidden.value.has(id)));

export interface DayGroup {
  day: Day;
  entries: Entry[];
  /** Some of the day's entries may not be loaded yet. */
  partial: boolean;
}

export const days = computed<DayGroup[]>(() => {
  const groups: DayGroup[] = [];
  for (const entry of entries.value) {
    const day = dayOf(entry.start, zone.value);
    const last = groups.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else groups.push({ day, entries: [entry], partial: false });
  }
  const last = groups.at(-1);
  if (last && hasMore.value) last.partial = true;
  return groups;
});

const startOf = (day: Day, zone: string) => instantOf(day, '00:00', zone).toISOString();

/** A range of days as the API takes it: instants, the end not included. */
export const boundsOf = ({ from, to }: { from: Day; to: Day }, zone: string) => ({
  from: startOf(from, zone),
  to: startOf(plusDays(to, 1), zone),
});

/** The page's filters as the API takes them; undefined: not narrowed by it. */
export function queryOf(filters: Filters, zone: string) {
  const { from, to, project, client, tag, q, source, billable } = filters;
  return {
    from: from ? startOf(from, zone) : undefined,
    to: to ? startOf(plusDays(to, 1), zone) : undefined,
    project: project || undefined,
    client: client || undefined,
    tag: tag || undefined,
    q: q || undefined,
    source: source || undefined,
    billable: billable ? billable === 'true' : undefined,
  };
}
export type EntryQuery = ReturnType<typeof queryOf>;

let shown: EntryQuery | undefined;
let loading: AbortController | undefined;

async function load(query: EntryQuery, count: number, after?: string): Promise<void> {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  try {
    let next: string | null | undefined = after;
    const items: Entry[] = [];
    do {
      const page: EntryPage = await client.request('GET', '/api/entries', {
        query: { ...query, limit: Math.min(count - items.length, 200), cursor: next ?? undefined },
        signal: mine.signal,
      });
      items.push(...page.items);
      next = page.nextCursor;
    } while (next && items.length < count);
    loaded.value = after ? [...loaded.value, ...items] : items;
    cursor.value = next ?? null;
    state.value = 'ready';
  } catch (error) {
    if (mine.signal.aborted) return;
    state.value = 'failed';
    throw error;
  }
}

export function showEntries(query: EntryQuery): Promise<void> {
  const other = JSON.stringify(query) !== JSON.stringify(shown);
  shown = query;
  if (!other && state.value === 'ready') return reloadEntries();
  state.value = 'loading';
  return load(query, pageSize);
}

export function showMore(): Promise<void> {
  return shown && cursor.value ? load(shown, pageSize, cursor.value) : Promise.resolve();
}

/** Fetches what is shown again, as many as there are. */
export function reloadEntries(): Promise<void> {
  return shown ? load(shown, Math.max(pageSize, loaded.value.length)) : Promise.resolve();
}

export async function createEntry(body: EntryInput): Promise<Entry> {
  const entry = await client.request('POST', '/api/entries', { body });
  await reloadEntries();
  return entry;
}

/** What of an entry can be changed; one that runs has no end. */
type EntryValues = Omit<EntryInput, 'end'> & { end: string | null };

const valuesOf = ({ start, end, description, project, tags, billable }: Entry): EntryValues => ({
  ...{ start, end, description, tags, billable },
  project: project?.id ?? null,
});

function textsOf({ start, end, description, project, tags, billable }: EntryValues) {
  const at = (instant: string | null) =>
    instant === null ? 'it runs' : `${dayOf(instant, zone.value)} ${timeOf(instant, zone.value)}`;
  const known = projects.value.find(({ id }) => id === project);
  return {
    Description: description,
    Project: known ? projectName(known) : project ? 'another project' : 'no project',
    Tags: tags.join(', '),
    Billable: billable ? 'yes' : 'no',
    Start: at(start),
    End: at(end),
  };
}

/** Changes an entry, as it was when the change was begun. */
export async function updateEntry(base: Entry, change: Partial<EntryInput>): Promise<Entry> {
  const entry = await guarded<Entry, EntryValues>({
    what: base.description ? `The entry “${base.description}”` : 'The entry',
    base,
    valuesOf,
    change,
    textsOf,
    send: (body, { id, version }) =>
      client.request('PATCH', '/api/entries/{id}', {
        params: { id },
        // It has an end only where the form gave it one.
        body: body as Partial<EntryInput>,
        version,
      }),
  });
  await reloadEntries();
  return entry;
}

export async function splitEntry({ id, version }: Entry, at: string): Promise<void> {
  await client.request('POST', '/api/entries/{id}/split', {
    params: { id },
    body: { at },
    version,
  });
  await reloadEntries();
}

export async function duplicateEntry(id: string): Promise<void> {
  await client.request('POST', '/api/entries/{id}/duplicate', { params: { id } });
  await reloadEntries();
}

function show(id: string): void {
  hidden.value = new Set([...hidden.value].filter((other) => other !== id));
}

/** Deletes with an undo: the server hears of it when the message is gone. */
export function deleteEntry(entry: Entry): void {
  const send = async () => {
    try {
      await client.request('DELETE', '/api/entries/{id}', {
        params: { id: entry.id },
        keepalive: true,
        version: entry.version,
      });
    } catch (error) {
      const status = error instanceof ApiError ? error.status : undefined;
      if (status === 412) {
        toast({ kind: 'error', text: 'Not deleted: the entry was changed meanwhile.' });
      } else if (status !== 404) {
        toast({ kind: 'error', text: `The entry could not be deleted: ${String(error)}` });
      }
    }
    await reloadEntries().finally(() => show(entry.id));
  };
  toast({
    text: entry.description ? `“${entry.description}” deleted.` : 'Entry deleted.',
    undo: () => show(entry.id),
    done: () => void send(),
  });
  hidden.value = new Set([...hidden.value, entry.id]);
}
