// Where the images of a stack go, so that every node of its Swarm can have them: plain data, every message with the mend.
import { type KeyContext, mends, shortened } from './mend';
import { ownRegistry, registryAddress } from './names';

/** What a registry is told of who asks. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Registry {
  /** What the names of the images begin with, such as registry.example.com/team. */
  readonly address: string;
  /** Its first part: the host, with its port if it has one. */
  readonly server: string;
  /** Undefined for one that lets everybody in. */
  readonly login: Login | undefined;
  /** Whether the stack runs it itself. */
  readonly isOwn: boolean;
}

/** Shortest password of the stack's own registry, in characters: nobody types it, and nothing counts who guesses. */
const ownPasswordMinLength = 24;

/** The docker provider's own key: from it, too, come the words with which nodes pull. */
export const registryAuthKey = 'docker:registryAuth';

export interface RegistryValues {
  readonly registry: string | undefined;
  /** Of docker:registryAuth: a list as JSON. */
  readonly registryAuth: string | undefined;
}

export interface RegistryContext extends Pick<KeyContext, 'stack' | 'orchestrator' | 'problem'> {
  /** Whether docker:registryAuth has a part that is encrypted. */
  readonly authIsSecret: boolean;
}

const server = String.raw`[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?`;
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const addressRule = new RegExp(`^(${server})(?:/${part})*$`);

/** Reads where images go; what is broken is told, and the registry then stands for nothing. */
export function parseRegistry(
  { registry, registryAuth }: RegistryValues,
  { stack, orchestrator, problem, authIsSecret }: RegistryContext,
): Registry | undefined {
  if (registry === undefined) return undefined;
  const { remove } = mends<'registry'>(stack);
  if (orchestrator === 'container') {
    problem(
      `registry is only for swarm stacks: containers run where they are built; ${remove('registry')}`,
    );
    return undefined;
  }
  const isOwn = registry === ownRegistry;
  const address = registryAddress(registry);
  const [, host = ''] = addressRule.exec(address) ?? [];
  // Without a dot or a port, Docker takes it for a user of Docker Hub.
  if (!/[.:]/.test(host) && host !== 'localhost') {
    problem(
      `registry is "${shortened(registry)}", but must be ${ownRegistry}, or a host and, if it has one, a path, in lower ` +
        `case and without https://; mend it with: pulumi config set --stack ${stack} registry registry.example.com/team`,
    );
    return undefined;
  }
  // One of the stack's own lets in nobody without: the servers' own programs would reach it.
  const text = registryAuth ?? (isOwn ? '[]' : undefined);
  const login = parseLogin(host, text, { stack, problem, authIsSecret });
  if (isOwn && login && !/^[\w.-]+$/.test(login.username))
    problem(
      `${registryAuthKey} has a username for ${host} that the registry can't read: letters, digits, dots, dashes and ` +
        `underscores; set it with: pulumi config set --stack ${stack} --path '${registryAuthKey}[0].username' deploy`,
    );
  if (isOwn && login && login.password.length < ownPasswordMinLength)
    problem(
      `${registryAuthKey} has a password for ${host} that is too short: who guesses it can replace images, so at least ` +
        `${ownPasswordMinLength} characters; make one with: openssl rand -hex 24 | pulumi config set --stack ${stack} ` +
        `--secret --path '${registryAuthKey}[0].password'`,
    );
  return { address, server: host, login, isOwn };
}

/** The entry of docker:registryAuth for a registry. */
function parseLogin(
  host: string,
  text: string | undefined,
  { stack, problem, authIsSecret }: Omit<RegistryContext, 'orchestrator'>,
): Login | undefined {
  if (text === undefined) return undefined;
  const set = (key: string, value: string) =>
    `pulumi config set --stack ${stack}${value === '' ? ' --secret' : ''} --path '${registryAuthKey}[0].${key}'${value && ` ${value}`}`;
  const entries = listOf(text);
  const index = entries?.findIndex(({ address }) => address === host) ?? -1;
  const { username, password } = entries?.[index] ?? {};
  if (!username || !password) {
    problem(
      `${registryAuthKey} has no address, username and password for ${host}, the host of registry; set them with: ` +
        [set('address', host), set('username', '<user>'), set('password', '')].join(' && '),
    );
    return undefined;
  }
  if (!authIsSecret) {
    problem(
      `${registryAuthKey} stands in the config in clear text, but its password must be a secret: it is known now, so ` +
        `make another, and set it with: ${set('password', '')}`,
    );
    return undefined;
  }
  return { username, password };
}

type Entry = Readonly<Partial<Record<'address' | 'username' | 'password', string>>>;

/** Undefined for what is no list of objects. */
function listOf(text: string): readonly Entry[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)
      ? (value as readonly Entry[])
      : undefined;
  } catch {
    return undefined;
  }
}
