import { client } from '../api/session.ts';
import type { EntryQuery } from '../state/entries.ts';
import { fail } from '../state/toast.ts';
import type { MenuItem } from './menu.tsx';

/** As long as a file may take to come. */
const downloadMs = 3_600_000;

/** Gives what was fetched to the person as a file. */
export async function save(response: Response, name: string): Promise<void> {
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Files are fetched with the token in memory, which a plain link could not send. */
export function exportMenu(query: EntryQuery): MenuItem[] {
  const timeout = downloadMs;
  const csv = (separator: 'comma' | 'semicolon') =>
    client.raw('GET', '/api/export.csv', { query: { ...query, separator }, timeout });
  const day = new Date().toISOString().slice(0, 10);
  const item = (label: string, kind: string, fetch: () => Promise<Response>): MenuItem => ({
    label,
    action: () => {
      fetch()
        .then((response) => save(response, `hours-${day}.${kind}`))
        .catch(fail);
    },
  });
  return [
    item('CSV (can be imported again)', 'csv', () => csv('comma')),
    item('CSV with semicolons (1,5 h)', 'csv', () => csv('semicolon')),
    item('Excel workbook', 'xlsx', () => client.raw('GET', '/api/export.xlsx', { query, timeout })),
    item('JSON', 'json', () => client.raw('GET', '/api/export.json', { query, timeout })),
  ];
}
