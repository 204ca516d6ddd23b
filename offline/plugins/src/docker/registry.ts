// Registries: who may push and pull, and how an image gets there.

import type { Call } from '../plugin.ts';
import { isObject, type Value } from '../value.ts';
import type { Engine } from './engine.ts';

/** As the engine's API takes it. */
export interface Login {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

export type Logins = ReadonlyMap<string, Login>;

/** The entries of the provider's registryAuth, which comes as JSON. Throws where it is none. */
function entriesOf(text: string): Record<string, Value>[] {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries) || !entries.every((entry) => isObject(entry as Value)))
    throw new Error('no list');
  return entries as Record<string, Value>[];
}

/** What is wrong with the provider's registryAuth; never with a value. */
export function brokenLogins(text: string | number): string | undefined {
  let entries: Record<string, Value>[];
  try {
    entries = entriesOf(String(text));
  } catch {
    return 'must be a list of objects, each with address, username and password';
  }
  for (const [index, entry] of entries.entries()) {
    const unknown = Object.keys(entry).find(
      (key) => !['address', 'username', 'password'].includes(key),
    );
    if (unknown) return `[${index}].${unknown} is not supported by the offline stand-in of docker`;
    if (!entry.address) return `[${index}].address is required, but was not given`;
  }
  return undefined;
}

export function loginsOf(registryAuth: Value | undefined): Logins {
  if (registryAuth === undefined || registryAuth === null) return new Map();
  return new Map(
    entriesOf(String(registryAuth)).map(({ address, username, password }) => {
      const serveraddress = String(address).replace(/^https?:\/\//, '');
      return [
        serveraddress,
        { serveraddress, username: String(username ?? ''), password: String(password ?? '') },
      ];
    }),
  );
}

/** For a registry that lets everybody in. */
const nobody: Login = { username: '', password: '', serveraddress: '' };

/** The login for the registry that an image's name begins with. */
export function loginFor(image: string, logins: Logins): Login {
  return logins.get(image.split('/', 1)[0] ?? '') ?? nobody;
}

/** Pushes an image. Throws with what the registry says. */
export async function push(
  { docker }: Engine,
  name: string,
  login: Login | undefined,
  call: Call,
): Promise<void> {
  const stream = await docker
    .getImage(name)
    .push({ authconfig: login ?? nobody, abortSignal: call.signal });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) =>
        error ? reject(new Error(`pushing ${name} failed: ${error.message}`)) : resolve(),
      (event: { id?: string; status?: string }) =>
        call.progress([event.id, event.status].filter(Boolean).join(' ')),
    );
  });
}
