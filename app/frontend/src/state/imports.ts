// Files that are brought in: what one would bring, the job that does it, which goes on by itself,
// and the list of those that were.
import { signal } from '@preact/signals';
import { client } from '../api/session.ts';
import type {
  ImportInput,
  ImportList,
  ImportOptions,
  ImportProgress,
  ImportResult,
} from '../api/types.ts';
import { loadNames } from './base.ts';
import { reloadEntries } from './entries.ts';
import { toast } from './toast.ts';

export type ImportItem = ImportList['items'][number];

/** As long as a file may take over a slow line: the server cuts off what makes no progress. */
const uploadMs = 6 * 3_600_000;
const readMs = 300_000;
const pollMs = 700;

export const imports = signal<ImportItem[]>([]);
export const nextImports = signal<string | null>(null);
/** The import that is looked at. */
export const shown = signal<ImportProgress | undefined>(undefined);

export const isActive = ({ status }: Pick<ImportItem, 'status'>): boolean =>
  status === 'waiting' || status === 'running';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function loadImports(): Promise<void> {
  const { items, nextCursor } = await client.request('GET', '/api/imports');
  imports.value = items;
  nextImports.value = nextCursor;
}

export async function loadMoreImports(): Promise<void> {
  if (!nextImports.value) return;
  const query = { cursor: nextImports.value };
  const { items, nextCursor } = await client.request('GET', '/api/imports', { query });
  imports.value = [...imports.value, ...items];
  nextImports.value = nextCursor;
}

/** Sends a file. It is kept there, and nothing of it is imported yet. */
export function sendFile(file: File, signal: AbortSignal): Promise<ImportResult> {
  const body = new FormData();
  body.set('file' satisfies keyof ImportInput, file, file.name);
  return client.request('POST', '/api/imports/preview', { body, signal, timeout: uploadMs });
}

export const readAgain = (id: string, body: ImportOptions): Promise<ImportResult> =>
  client.request('POST', '/api/imports/{id}/preview', { params: { id }, body, timeout: readMs });

const progressOf = (id: string) => client.request('GET', '/api/imports/{id}', { params: { id } });

const followed = new Set<string>();

/** Looks at a job until it is over, whatever page is shown meanwhile, and then at what it changed. */
async function follow(id: string): Promise<void> {
  if (followed.has(id)) return;
  followed.add(id);
  try {
    for (;;) {
      const progress = await progressOf(id);
      if (shown.value?.id === id) shown.value = progress;
      if (!isActive(progress)) {
        await Promise.all([loadNames(), reloadEntries(), loadImports()]);
        if (shown.value?.id !== id) tell(progress);
        return;
      }
      await pause(pollMs);
    }
  } finally {
    followed.delete(id);
  }
}

function tell({ status, fileName, result, problem }: ImportProgress): void {
  if (status === 'done') toast({ text: `${fileName}: ${result?.counts.new ?? 0} new entries.` });
  else if (problem) toast({ kind: 'error', text: `${fileName}: ${problem.detail}` });
}

/** Shows an import, and goes on looking at it while it is at work. */
export async function showImport(id: string): Promise<void> {
  if (shown.value?.id !== id) shown.value = undefined;
  shown.value = await progressOf(id);
  if (isActive(shown.value)) follow(id).catch(() => undefined);
}

export async function startImport(id: string, body: ImportOptions): Promise<void> {
  await client.request('POST', '/api/imports/{id}/start', { params: { id }, body });
  await showImport(id);
}

export async function undoImport(id: string): Promise<void> {
  const undone = await client.request('POST', '/api/imports/{id}/undo', {
    params: { id },
    timeout: readMs,
  });
  const { entries, restored } = undone;
  const parts = [`${entries} ${entries === 1 ? 'entry' : 'entries'} taken out`];
  if (restored > 0) parts.push(`${restored} given back their project`);
  toast({ text: `Undone: ${parts.join(', ')}.` });
  await Promise.all([loadNames(), reloadEntries(), loadImports()]);
  if (shown.value?.id === id) shown.value = await progressOf(id);
}

export const fetchRejected = (id: string): Promise<Response> =>
  client.raw('GET', '/api/imports/{id}/rejected.csv', { params: { id }, timeout: readMs });
