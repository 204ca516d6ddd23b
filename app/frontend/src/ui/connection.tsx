import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { checkHealth, health, lost } from '../api/connection.ts';

/** Says that the server is away, and when the page tries again. */
export function ConnectionBanner() {
  const seconds = useSignal(0);
  const state = lost.value;

  useEffect(() => {
    if (!state) return;
    const tick = () => {
      seconds.value = Math.max(0, Math.ceil((state.nextTry - Date.now()) / 1000));
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [state]);

  return (
    <div class="banner-slot">
      <div role="status">
        {state && <span class="visually-hidden">The server is restarting.</span>}
      </div>
      {state && (
        <div class="banner">
          <span class="pulse" aria-hidden="true" />
          <p>
            <b>The server is restarting.</b> Nothing you typed is lost.{' '}
            {seconds.value > 0 ? `Next try in ${seconds} s.` : 'Trying again…'}
          </p>
          <button type="button" class="quiet" onClick={state.tryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}

const words = { ok: 'running', unavailable: 'not available', unknown: 'checking…' };

/** One line: is the API up, and which release is it. */
export function HealthLine() {
  useEffect(() => {
    void checkHealth();
  }, []);
  const { status, release } = health.value;
  return (
    <p class="health" data-status={status}>
      <span class="dot" aria-hidden="true" />
      API {words[status]}
      {release && ` · release ${release}`}
    </p>
  );
}
