// Where the keyboard goes on.

/** The page's content: after a move, and out of a field, so that single keys are shortcuts again. */
export function focusMain(): void {
  document.getElementById('main')?.focus();
}

/** Back to what had the focus, if it is still there. */
export function refocus(element: Element | null): void {
  if (element instanceof HTMLElement && element.isConnected) element.focus();
}
