// Whether single keys are shortcuts, in this browser.
import { signal } from '@preact/signals';
import { recall, remember } from '../lib/storage.ts';

const storageKey = 'shortcuts';
export const shortcutsOn = signal(recall(storageKey) !== 'off');

export function switchShortcuts(on: boolean): void {
  shortcutsOn.value = on;
  remember(storageKey, on ? 'on' : 'off');
}
