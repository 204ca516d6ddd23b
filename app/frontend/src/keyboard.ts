// Carries out what lib/keys.ts makes of a key press.
import type { Entry } from './api/types.ts';
import { type Command, commandOf, type Focus } from './lib/keys.ts';
import { navigate, path } from './router.tsx';
import { helping } from './state/dialogs.ts';
import { entries } from './state/entries.ts';
import { shortcutsOn } from './state/shortcuts.ts';
import { toggleTimer } from './state/timer.ts';
import { fail, undoLast } from './state/toast.ts';
import { remove } from './time/page.tsx';
import { adding, focusedEntry, moveFocus } from './time/page-state.ts';
import { act, isOpen } from './time/row.tsx';

function focusKind(): Focus {
  const element = document.activeElement;
  if (!element || element === document.body) return 'none';
  if (element.matches('input, select, textarea, [contenteditable]')) return 'field';
  return element.matches('[data-entry]') ? 'entry' : 'control';
}

/** Goes to the Time page first, and waits until it is drawn. */
function onTimePage(then: () => void): void {
  if (path.value === '/') then();
  else {
    navigate('/');
    requestAnimationFrame(() => requestAnimationFrame(then));
  }
}

const runs: Record<Exclude<Command, `go:${string}`>, (entry: Entry | undefined) => void> = {
  new: () =>
    onTimePage(() => {
      adding.value = true;
    }),
  toggle: () => void toggleTimer().catch(fail),
  describe: () => onTimePage(() => document.getElementById('timer-description')?.focus()),
  search: () => onTimePage(() => document.getElementById('search')?.focus()),
  next: () => moveFocus(1),
  previous: () => moveFocus(-1),
  edit: (entry) => entry && act.edit(entry),
  split: (entry) => entry && act.split(entry),
  duplicate: (entry) => entry && void act.duplicate(entry),
  continue: (entry) => entry && void act.continue(entry),
  delete: (entry) => entry && !isOpen(entry) && remove(entry),
  undo: undoLast,
  help: () => {
    helping.value = true;
  },
};

const isGo = (command: Command): command is Command & `go:${string}` => command.startsWith('go:');

function run(command: Command): void {
  if (isGo(command)) navigate(command.slice(3));
  else runs[command](entries.value.find(({ id }) => id === focusedEntry()));
}

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || !shortcutsOn.value) return;
  if (document.querySelector('dialog[open], [role=menu]:not([hidden])')) return;
  const command = commandOf(event, focusKind());
  if (!command) return;
  event.preventDefault();
  run(command);
}
