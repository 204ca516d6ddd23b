// Who is logged in. The access token lives in the client's memory; the cookie is the server's.
import { signal } from '@preact/signals';
import { createClient, type Session } from './client.ts';
import { answered, reconnected } from './connection.ts';
import { typed } from './typed.ts';

export type Status =
  /** The page has just been opened and asks for a session. */
  | 'starting'
  | 'out'
  | 'in'
  /** The session ended under an open page, which stays as it is below the login form. */
  | 'expired';

export const status = signal<Status>('starting');
export const username = signal('');

let resume: (() => void) | undefined;
let resumed: Promise<void> | undefined;

function signedIn(): Promise<void> {
  status.value = 'expired';
  resumed ??= new Promise((resolve) => {
    resume = resolve;
  });
  return resumed;
}

export const client = typed(
  createClient({
    fetch: (input, init) => fetch(input, init),
    reconnected,
    answered,
    signedIn,
  }),
);

function enter(session: Session): void {
  username.value = session.user.username;
  status.value = 'in';
  resume?.();
  resume = resumed = undefined;
}

export async function start(): Promise<void> {
  const session = await client
    .hasSession()
    .then((open) => (open ? client.refresh() : undefined))
    .catch(() => undefined);
  if (session) enter(session);
  else status.value = 'out';
}

export async function login(name: string, password: string): Promise<void> {
  enter(await client.login(name, password));
}

export async function logout(): Promise<void> {
  status.value = 'out';
  await client.logout();
}
