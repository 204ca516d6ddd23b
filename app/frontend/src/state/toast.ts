// The short message at the bottom, which may have a way back.
import { signal } from '@preact/signals';

export interface Toast {
  text: string;
  kind?: 'error';
  /** Undoes what the message says. Without it the message is just news. */
  undo?: () => void;
  /** What happens when the message goes without an undo. */
  done?: () => void;
}

export const currentToast = signal<Toast | undefined>(undefined);

/** Shows a message; the one before it is thereby done. */
export function toast(next: Toast): void {
  currentToast.value?.done?.();
  currentToast.value = next;
}

/** Ends the message that is shown as if its time were over. */
export function settleToast(): void {
  currentToast.value?.done?.();
  currentToast.value = undefined;
}

export function undoLast(): void {
  currentToast.value?.undo?.();
  if (currentToast.value?.undo) currentToast.value = undefined;
}

export const fail = (error: unknown): void =>
  toast({ kind: 'error', text: error instanceof Error ? error.message : String(error) });
