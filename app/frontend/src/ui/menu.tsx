import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

export interface MenuItem {
  label: string;
  hint?: string;
  danger?: boolean;
  action(): void;
}

/** A button that opens a list of actions: arrows move, Escape closes, as everywhere. */
export function Menu({
  label,
  items,
  children,
  class: className = 'ghost icon-only',
  tabIndex,
}: {
  label?: string;
  items: MenuItem[];
  children: ComponentChildren;
  class?: string;
  tabIndex?: number;
}) {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const entries = () => [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];

  // Before the next key: after a paint, a quick arrow would count for nothing.
  useLayoutEffect(() => {
    if (open.value) entries()[0]?.focus();
  }, [open.value]);

  function close(): void {
    open.value = false;
    button.current?.focus();
  }

  function move(event: KeyboardEvent): void {
    if (!open.value) return;
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (event.key === 'Escape') close();
    else if (event.key !== 'Enter' && event.key !== ' ' && event.key !== 'Tab') return;
    if (event.key === 'Tab') open.value = false;
    else if (event.key !== 'Enter' && event.key !== ' ') event.preventDefault();
    event.stopPropagation();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the box only hears the keys of its items
    <div
      class="menu-box"
      ref={box}
      onKeyDown={move}
      onFocusOut={(event) => {
        if (!box.current?.contains(event.relatedTarget as Node | null)) open.value = false;
      }}
    >
      <button
        type="button"
        ref={button}
        class={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-controls={id}
        tabIndex={tabIndex}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {children}
      </button>
      <div class="menu" role="menu" id={id} aria-label={label} hidden={!open.value}>
        {items.map((item) => (
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            key={item.label}
            class={item.danger ? 'danger' : undefined}
            onClick={() => {
              close();
              item.action();
            }}
          >
            {item.label}
            {item.hint && <kbd>{item.hint}</kbd>}
          </button>
        ))}
      </div>
    </div>
  );
}
