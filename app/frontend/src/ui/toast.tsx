// Short messages at the bottom, some with a way back.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface Toast {
  text: string;
  kind?: 'error';
  /** Undoes what the message says. Without it the message is just news. */
  undo?: () => void;
  /** What happens when the message goes without an undo. */
  done?: () => void;
}

const showMs = 8000;
const current = signal<Toast | undefined>(undefined);

/** Shows a message; the one before it is thereby done. */
export function toast(next: Toast): void {
  current.value?.done?.();
  current.value = next;
}

/** Ends the message that is shown as if its time were over. */
export function settleToast(): void {
  current.value?.done?.();
  current.value = undefined;
}

export function undoLast(): void {
  current.value?.undo?.();
  if (current.value?.undo) current.value = undefined;
}

export const fail = (error: unknown): void =>
  toast({ kind: 'error', text: error instanceof Error ? error.message : String(error) });

export function Toasts() {
  const shown = current.value;
  useEffect(() => {
    if (!shown) return;
    let timer: ReturnType<typeof setTimeout>;
    // The time runs only while the message is neither pointed at nor focused.
    const run = () => {
      timer = setTimeout(() => {
        if (document.querySelector('.toast:hover, .toast:focus-within')) run();
        else settleToast();
      }, showMs);
    };
    run();
    return () => clearTimeout(timer);
  }, [shown]);

  return (
    <div class="toasts" role="status">
      {shown && (
        <div class="toast" data-kind={shown.kind}>
          <span>{shown.text}</span>
          {shown.undo && (
            <button type="button" onClick={undoLast}>
              Undo <kbd class="toast-key">z</kbd>
            </button>
          )}
          <button type="button" aria-label="Dismiss" onClick={settleToast}>
            ✕
          </button>
        </div>
      )}
    </div>
  );
}
