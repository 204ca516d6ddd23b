import { type Query, withQuery } from '../api/client.ts';
import { client } from '../api/session.ts';
import { fail } from '../state/toast.ts';
import type { MenuItem } from './menu.tsx';

/** Fetches a file with the token in memory, which a plain link could not send. */
async function download(path: string, name: string): Promise<void> {
  const response = await client.raw('GET', path, { timeout: 300_000 });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function exportMenu(query: Query): MenuItem[] {
  const day = new Date().toISOString().slice(0, 10);
  const item = (kind: string, label: string): MenuItem => ({
    label,
    action: () => {
      const path = withQuery(`/api/export.${kind}`, query);
      download(path, `hours-${day}.${kind}`).catch(fail);
    },
  });
  return [item('csv', 'CSV (can be imported again)'), item('json', 'JSON')];
}
