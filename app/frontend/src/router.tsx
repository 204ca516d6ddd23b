// The address bar as a signal, and links that don't load the page anew.
import { computed, signal } from '@preact/signals';
import type { AnchorHTMLAttributes, ComponentChildren } from 'preact';
import { type Filters, readFilters, writeFilters } from './lib/filters.ts';

const read = () => ({ path: location.pathname, search: location.search });

const place = signal(read());
addEventListener('popstate', () => {
  place.value = read();
});

export const path = computed(() => place.value.path);
export const search = computed(() => place.value.search);
export const filters = computed(() => readFilters(search.value));

export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', to);
  else {
    history.pushState(null, '', to);
    scrollTo(0, 0);
  }
  place.value = read();
}

/** Changes the view's filters. `replace` when each step is not worth a step of Back (typing). */
export function filter(change: Partial<Filters>, replace = false): void {
  navigate(path.value + writeFilters({ ...filters.value, ...change }), { replace });
}

export function Link({
  href,
  children,
  ...rest
}: { href: string; children: ComponentChildren } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  function follow(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  }
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

/** A link, or without an address just what would be in it. */
export function MaybeLink({
  href,
  class: className,
  children,
}: {
  href: string | undefined;
  class: string;
  children: ComponentChildren;
}) {
  if (href === undefined) return <span class={className}>{children}</span>;
  return (
    <Link href={href} class={className}>
      {children}
    </Link>
  );
}
