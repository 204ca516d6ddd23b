// The keyboard, as data: which key means what, and when a key is not for us.

export const shortcuts = {
  n: { command: 'new', does: 'New entry' },
  s: { command: 'toggle', does: 'Start or stop the timer' },
  t: { command: 'describe', does: 'Go to the timer’s description' },
  '/': { command: 'search', does: 'Search' },
  j: { command: 'next', does: 'Next entry' },
  k: { command: 'previous', does: 'Previous entry' },
  e: { command: 'edit', does: 'Edit the entry' },
  c: { command: 'continue', does: 'Start the timer with the entry’s details' },
  d: { command: 'duplicate', does: 'Duplicate the entry' },
  x: { command: 'split', does: 'Split the entry' },
  Delete: { command: 'delete', does: 'Delete the entry' },
  z: { command: 'undo', does: 'Undo the delete' },
  1: { command: 'go:/', does: 'Time' },
  2: { command: 'go:/reports', does: 'Reports' },
  3: { command: 'go:/projects', does: 'Projects' },
  4: { command: 'go:/settings', does: 'Settings' },
  '?': { command: 'help', does: 'This list' },
} as const;

export type Command = (typeof shortcuts)[keyof typeof shortcuts]['command'];

const aliases: Record<string, keyof typeof shortcuts> = {
  ArrowDown: 'j',
  ArrowUp: 'k',
  Backspace: 'Delete',
};
/** Keys that scroll or go elsewhere unless an entry has the focus. */
const onlyOnEntry = new Set(['ArrowDown', 'ArrowUp', 'Backspace']);

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

export type Focus = 'entry' | 'field' | 'control' | 'none';

/** The command of a key press, if it is one. Only j, k and the arrows go on when held down. */
export function commandOf(press: KeyPress, focus: Focus): Command | undefined {
  if (focus === 'field' || press.ctrlKey || press.metaKey || press.altKey) return undefined;
  if (press.key === 'Enter') return focus === 'entry' ? 'edit' : undefined;
  if (onlyOnEntry.has(press.key) && focus !== 'entry') return undefined;
  const key = aliases[press.key] ?? press.key;
  if (press.repeat && key !== 'j' && key !== 'k') return undefined;
  const found = (shortcuts as Record<string, { command: Command }>)[key];
  return found?.command;
}
