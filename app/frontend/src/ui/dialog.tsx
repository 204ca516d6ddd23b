import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { refocus } from './focus.ts';
import { Icon } from './icons.tsx';

/** A modal dialog that is open as long as it is rendered. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  /** Without it the dialog can't be dismissed. */
  onClose?: (() => void) | undefined;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  // Before the effects of what is inside, which may want the focus elsewhere.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // Until the dialog is gone from the page, nothing else can have the focus.
      queueMicrotask(() => refocus(before));
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class={wide ? 'card wide-dialog' : 'card'}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      // A second Escape would close the dialog whatever one says to the first, …
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !onClose) event.preventDefault();
      }}
      // … and so does a phone's way back.
      onClose={() => {
        if (onClose) onClose();
        else dialog.current?.showModal();
      }}
    >
      <div class="dialog-head">
        <h2 id={heading}>{title}</h2>
        {onClose && (
          <button type="button" class="ghost icon-only" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
