import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { login, username } from '../api/session.ts';
import { wait } from '../lib/duration.ts';

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return 'The server could not be reached. Try again.';
  if (error.status === 401) return 'That username and password do not match.';
  if (error.status === 429) {
    return error.retryAfter === undefined
      ? 'Too many tries. Wait a while and try again.'
      : `Too many tries. Try again in ${wait(error.retryAfter)}.`;
  }
  return error.message;
}

export function LoginForm({ note }: { note?: string }) {
  const error = useSignal('');
  const busy = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => {
    (username.value ? password : first).current?.focus();
  }, []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      await login(first.current?.value ?? '', password.current?.value ?? '');
    } catch (failure) {
      error.value = explain(failure);
      password.current?.select();
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="login" onSubmit={submit} aria-busy={busy.value}>
      {note && <p class="note">{note}</p>}
      <label class="field">
        <span>Username</span>
        <input
          ref={first}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          defaultValue={username.value}
          required
        />
      </label>
      <label class="field">
        <span>Password</span>
        <input
          ref={password}
          name="password"
          type="password"
          autocomplete="current-password"
          aria-describedby="login-error"
          required
        />
      </label>
      <p class="error" id="login-error" role="alert">
        {error}
      </p>
      <button type="submit" class="primary wide" aria-disabled={busy.value}>
        {busy.value ? 'Logging in…' : 'Log in'}
      </button>
    </form>
  );
}
