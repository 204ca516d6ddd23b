import './app.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { logout, status, username } from './api/session.ts';
import { onKeyDown } from './keyboard.ts';
import { Link, path } from './router.tsx';
import { loadBase, now, settingsKnown } from './state/base.ts';
import { conflict } from './state/conflict.ts';
import { helping } from './state/dialogs.ts';
import { reloadEntries } from './state/entries.ts';
import { loadTimer, running } from './state/timer.ts';
import { fail, settleToast } from './state/toast.ts';
import { TimePage } from './time/page.tsx';
import { ConnectionBanner, HealthLine } from './ui/connection.tsx';
import { Dialog } from './ui/dialog.tsx';
import { focusMain } from './ui/focus.ts';
import { HelpDialog } from './ui/help.tsx';
import { Icon } from './ui/icons.tsx';
import { lazy } from './ui/lazy.tsx';
import { LoginForm } from './ui/login.tsx';
import { NameDialogs } from './ui/project-dialog.tsx';
import { ThemeToggle } from './ui/theme.tsx';
import { Toasts } from './ui/toast.tsx';

/** Those without a place in the navigation are reached from another page. */
const pages = [
  { href: '/', name: 'Time', Page: TimePage },
  {
    href: '/reports',
    name: 'Reports',
    Page: lazy(async () => (await import('./reports/page.tsx')).ReportsPage),
  },
  {
    href: '/projects',
    name: 'Projects',
    Page: lazy(async () => (await import('./projects/page.tsx')).ProjectsPage),
  },
  {
    href: '/import',
    name: 'Import',
    hidden: true,
    Page: lazy(async () => (await import('./import/page.tsx')).ImportPage),
  },
  {
    href: '/settings',
    name: 'Settings',
    Page: lazy(async () => (await import('./settings/page.tsx')).SettingsPage),
  },
];

const ConflictDialog = lazy(async () => (await import('./ui/conflict.tsx')).ConflictDialog);

const pollMs = 15_000;

function Brand() {
  return (
    <span class="brand">
      <img src="/favicon.svg" alt="" width="24" height="24" />
      <span>Time tracker</span>
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

function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <Link href="/" aria-label="Time tracker, home">
          <Brand />
        </Link>
        <nav aria-label="Main">
          {pages
            .filter(({ hidden }) => !hidden)
            .map(({ href, name }) => (
              <Link
                class="nav-link"
                key={href}
                href={href}
                aria-current={path.value === href ? 'page' : undefined}
              >
                {name}
              </Link>
            ))}
        </nav>
        <div class="tools">
          <button
            type="button"
            class="ghost icon-only"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={() => {
              helping.value = true;
            }}
          >
            <Icon name="help" />
          </button>
          <ThemeToggle />
          <span class="user muted">{username}</span>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              settleToast();
              logout().catch(fail);
            }}
          >
            Log out
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer>
        <HealthLine />
      </footer>
    </>
  );
}

/** Keeps the timer true: a tick each second while it runs, and a look at what others did. */
function useTimer(): void {
  const runs = running.value !== null;
  useEffect(() => {
    const timer = setInterval(
      () => {
        now.value = Date.now();
      },
      runs ? 1000 : 30_000,
    );
    return () => clearInterval(timer);
  }, [runs]);

  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible' && status.value === 'in') {
        loadTimer().catch(() => undefined);
      }
    };
    const timer = setInterval(look, pollMs);
    const back = () => {
      look();
      if (status.value === 'in') reloadEntries().catch(() => undefined);
    };
    addEventListener('focus', back);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      removeEventListener('focus', back);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
}

function Workplace() {
  const place = pages.find(({ href }) => href === path.value);
  const first = useRef(true);
  useTimer();

  useEffect(() => {
    Promise.all([loadBase(), loadTimer()]).catch(fail);
    addEventListener('keydown', onKeyDown);
    addEventListener('pagehide', settleToast);
    return () => {
      removeEventListener('keydown', onKeyDown);
      removeEventListener('pagehide', settleToast);
    };
  }, []);

  useEffect(() => {
    document.title = `${place?.name ?? 'Not found'} · Time tracker`;
    // After a move the keyboard and a screen reader go on in the new page's content.
    if (!first.current) focusMain();
    first.current = false;
  }, [place]);

  const Page = place?.Page;
  return (
    <>
      <Frame>
        {Page && !settingsKnown.value && <div class="skeleton" />}
        {Page && settingsKnown.value && <Page />}
        {!Page && (
          <div class="empty">
            <h1>There is no such page</h1>
            <p>
              <Link href="/">Go to Time</Link>
            </p>
          </div>
        )}
      </Frame>
      <NameDialogs />
      {conflict.value && <ConflictDialog />}
      <HelpDialog />
      <Toasts />
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
      {(now === 'in' || now === 'expired') && <Workplace />}
      {now === 'expired' && (
        <Dialog title="Log in again">
          <LoginForm note="Your session has ended. The page below is as you left it." />
        </Dialog>
      )}
    </>
  );
}
