import { useEffect, useRef } from 'preact/hooks';
import { logout, status, username } from './api/session.ts';
import { ConnectionBanner, HealthLine } from './ui/connection.tsx';
import { LoginForm } from './ui/login.tsx';
import { ThemeToggle } from './ui/theme.tsx';

function Brand() {
  return (
    <span class="brand">
      <img src="/favicon.svg" alt="" width="24" height="24" />
      Time tracker
    </span>
  );
}

function LoginPage() {
  return (
    <main class="login-page">
      <div class="card">
        <h1>
          <Brand />
        </h1>
        <LoginForm />
      </div>
      <HealthLine />
    </main>
  );
}

function LoginDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="card"
      aria-labelledby="again"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="again">Log in again</h2>
      <LoginForm note="Your session has ended. The page below is as you left it." />
    </dialog>
  );
}

function Page() {
  return (
    <>
      <header class="top">
        <Brand />
        <div class="tools">
          <ThemeToggle />
          <span class="muted">{username}</span>
          <button type="button" class="quiet" onClick={() => void logout()}>
            Log out
          </button>
        </div>
      </header>
      <main>
        <h1>Time</h1>
      </main>
      <footer>
        <HealthLine />
      </footer>
    </>
  );
}

export function App() {
  const now = status.value;
  return (
    <>
      <ConnectionBanner />
      {now === 'starting' && <p class="starting">Loading…</p>}
      {now === 'out' && <LoginPage />}
      {(now === 'in' || now === 'expired') && <Page />}
      {now === 'expired' && <LoginDialog />}
    </>
  );
}
