// Which form is open on the Time page, and where the focus is among its entries.
import { signal } from '@preact/signals';

export interface Editing {
  id: string;
  form: 'edit' | 'split';
}

export const editing = signal<Editing | undefined>(undefined);
export const adding = signal(false);

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-entry]')];

/** The entry that has the focus, or one of whose controls has it. */
export function focusedEntry(): string | undefined {
  return document.activeElement?.closest<HTMLElement>('[data-entry]')?.dataset.entry;
}

/** Once drawn, the entry's row gets the focus. */
export function focusRow(id: string | undefined): void {
  requestAnimationFrame(() => {
    rows()
      .find((row) => row.dataset.entry === id)
      ?.focus();
  });
}

export function moveFocus(step: 1 | -1): void {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.entry === focusedEntry());
  const next = at < 0 ? all[0] : all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** The neighbour that gets the focus when an entry goes. */
export function neighbour(id: string): string | undefined {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.entry === id);
  return (all[at + 1] ?? all[at - 1])?.dataset.entry;
}
