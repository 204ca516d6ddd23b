import { client } from '../api/session.ts';
import type { EntryQuery } from '../state/entries.ts';
import { fail } from '../state/toast.ts';
import type { MenuItem } from './menu.tsx';

type Kind = 'csv' | 'json';

/** Fetches a file with the token in memory, which a plain link could not send. */
async function download(kind: Kind, query: EntryQuery, name: string): Promise<void> {
  const response = await client.raw('GET', `/api/export.${kind}`, { query, timeout: 300_000 });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function exportMenu(query: EntryQuery): MenuItem[] {
  const day = new Date().toISOString().slice(0, 10);
  const item = (kind: Kind, label: string): MenuItem => ({
    label,
    action: () => {
      download(kind, query, `hours-${day}.${kind}`).catch(fail);
    },
  });
  return [item('csv', 'CSV (can be imported again)'), item('json', 'JSON')];
}
