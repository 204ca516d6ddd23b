import { useEffect } from 'preact/hooks';
import { currentToast, settleToast, undoLast } from '../state/toast.ts';

const showMs = 8000;

export function Toasts() {
  const shown = currentToast.value;
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
