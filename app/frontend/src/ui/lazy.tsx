import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';

/** A part of the page that is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const state = useSignal<'loading' | 'ready' | 'failed'>(loaded ? 'ready' : 'loading');
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          state.value = 'ready';
        },
        () => {
          state.value = 'failed';
        },
      );
    }, []);

    const Component = loaded;
    if (state.value === 'ready' && Component) return <Component {...props} />;
    if (state.value === 'loading') return <p class="empty muted">Loading…</p>;
    return (
      <div class="empty" role="alert">
        <p>This part could not be loaded. A new release may be out.</p>
        <button type="button" class="quiet" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    );
  };
}
