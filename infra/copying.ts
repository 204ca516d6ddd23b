// Where the data is copied to off the server, as config says it: plain data, every message with the key, the rule and the mend.
import { isIP } from 'node:net';
import { type KeyContext, mends, shortened } from './mend';
import { certificatesOf } from './site';

/** Where a copy goes, and what it takes to get in. */
export type Target =
  | {
      readonly kind: 's3';
      /** As restic names it: s3:https://host/bucket/path */
      readonly address: string;
      readonly accessKey: string;
      readonly secretKey: string;
      /** PEM of the root that the server is trusted by, where the system doesn't know it. */
      readonly rootCertificate: string | undefined;
    }
  | {
      readonly kind: 'sftp';
      readonly user: string;
      readonly host: string;
      readonly port: number;
      /** Absolute, on that host. */
      readonly path: string;
      /** Private, in PEM or OpenSSH's form, without a passphrase. */
      readonly sshKey: string;
      /** Type and key, a line each: what that host is known by. */
      readonly hostKey: string;
    }
  | {
      readonly kind: 'path';
      /** Absolute, of a folder on the server: another disk, or a share. */
      readonly path: string;
    };

export interface Copying {
  readonly target: Target;
  /** Encrypts on this side; without it the copy can't be read. */
  readonly key: string;
}

export const copyingKeys = [
  'backupTarget',
  'backupKey',
  'backupAccessKey',
  'backupSecretKey',
  'backupRootCertificate',
  'backupSshKey',
  'backupHostKey',
] as const;
export type CopyingKey = (typeof copyingKeys)[number];

type Values = Readonly<Partial<Record<CopyingKey, string>>>;

/** Keys that must be secrets in the config. */
const secrets: readonly CopyingKey[] = [
  'backupKey',
  'backupAccessKey',
  'backupSecretKey',
  'backupSshKey',
];
/** What each kind of target asks for beside backupKey. */
const asks: Readonly<Record<Target['kind'], readonly CopyingKey[]>> = {
  s3: ['backupAccessKey', 'backupSecretKey'],
  sftp: ['backupSshKey', 'backupHostKey'],
  path: [],
};
const takes: Readonly<Record<Target['kind'], readonly CopyingKey[]>> = {
  ...asks,
  s3: [...asks.s3, 'backupRootCertificate'],
};
const named: Readonly<Record<Target['kind'], string>> = {
  s3: 'an S3 server',
  sftp: 'an SFTP server',
  path: 'a path',
};

/** Whether a copy leaves the server by the network, and so its tier needs a way out. */
export function isSentOut(copying: Copying | undefined): boolean {
  return copying !== undefined && copying.target.kind !== 'path';
}

/** Reads the keys of the copy; what is broken is told, and the copy then stands for nothing. */
export function parseCopying(values: Values, context: KeyContext): Copying | undefined {
  const { stack, orchestrator, problem, isSecret } = context;
  const { set, remove } = mends<CopyingKey>(stack);
  const given = copyingKeys.filter((key) => values[key] !== undefined);
  const { backupTarget } = values;

  if (orchestrator === 'container')
    for (const key of given)
      problem(`${key} is only for swarm stacks: dev's data is of no worth; ${remove(key)}`);
  for (const key of secrets)
    if (values[key] !== undefined && !isSecret(key))
      problem(
        `${key} stands in the config in clear text, but must be a secret: it is known now, so make another, ` +
          `and ${setHow(stack, key)}`,
      );
  if (backupTarget === undefined) {
    for (const key of given)
      problem(
        `${key} does nothing without backupTarget; ${set('backupTarget', example)}, or ${remove(key)}`,
      );
    return undefined;
  }

  const read = parseTarget(backupTarget.trim());
  if ('broken' in read) {
    problem(
      `backupTarget ${read.broken}; ${set('backupTarget', example)}, or ${remove('backupTarget')}`,
    );
    return undefined;
  }
  const { kind } = read;
  const missing = (['backupKey', ...asks[kind]] as const).filter(
    (key) => values[key] === undefined,
  );
  for (const key of missing)
    problem(`backupTarget is ${named[kind]}, but ${key} is missing; ${setHow(stack, key)}`);
  for (const key of given)
    if (!['backupTarget', 'backupKey', ...takes[kind]].includes(key))
      problem(`${key} does nothing beside a backupTarget that is ${named[kind]}; ${remove(key)}`);
  let isBroken = missing.length > 0;
  for (const key of given) {
    const rule = brokenRules[key]?.(values[key] ?? '');
    if (rule === undefined) continue;
    problem(`${key} ${rule}; ${setHow(stack, key)}`);
    isBroken = true;
  }
  if (isBroken) return undefined;

  const key = values.backupKey?.trim() ?? '';
  switch (read.kind) {
    case 's3':
      return {
        key,
        target: {
          ...read,
          accessKey: values.backupAccessKey?.trim() ?? '',
          secretKey: values.backupSecretKey?.trim() ?? '',
          rootCertificate: values.backupRootCertificate,
        },
      };
    case 'sftp':
      return {
        key,
        target: {
          ...read,
          sshKey: `${values.backupSshKey?.trim() ?? ''}\n`,
          hostKey: hostKeys(values.backupHostKey ?? '').join('\n'),
        },
      };
    default:
      return { key, target: read };
  }
}

const example = 's3:https://s3.example.org/bucket/hours';
/** Least characters of the key: what is shorter is guessed. */
export const keyMinLength = 20;

/** How a key is set, as messages end with it; what is a file, or made by a program, is never typed. */
function setHow(stack: string, key: CopyingKey): string {
  const flag = secrets.includes(key) ? ' --secret' : '';
  const command = `pulumi config set --stack ${stack}${flag} ${key}`;
  switch (key) {
    case 'backupKey':
      return `set it with: openssl rand -base64 32 | ${command}, and keep it: npm run keys`;
    case 'backupSshKey':
      return `set it with: ${command} < id_ed25519`;
    case 'backupRootCertificate':
      return `set it with: ${command} < root.pem`;
    case 'backupHostKey':
      return `set it with: ssh-keyscan -t ed25519 <host> | ${command}, and compare it with the host's own`;
    default:
      return `set it, without showing it, with: ${command}`;
  }
}

const brokenRules: Readonly<Partial<Record<CopyingKey, (value: string) => string | undefined>>> = {
  backupKey: (value) =>
    value.trim() === ''
      ? 'is empty'
      : /[\r\n]/.test(value.trim())
        ? 'has a line break in it'
        : value.trim().length < keyMinLength
          ? `is too short: at least ${keyMinLength} characters`
          : undefined,
  backupAccessKey: brokenWordRule,
  backupSecretKey: brokenWordRule,
  backupRootCertificate: (value) =>
    certificatesOf(value).length === 0 ? 'is no certificate in PEM' : undefined,
  backupSshKey: brokenSshKeyRule,
  backupHostKey: (value) =>
    hostKeys(value).length === 0
      ? "is no host's key: it must be as ssh-keyscan prints it, such as ssh-ed25519 AAAA…"
      : undefined,
};

function brokenWordRule(value: string): string | undefined {
  if (value.trim() === '') return 'is empty';
  return /\s/.test(value.trim()) ? 'has a space or a line break in it' : undefined;
}

function brokenSshKeyRule(value: string): string | undefined {
  const body = /^-----BEGIN (\w+ )*PRIVATE KEY-----\n([\s\S]+)\n-----END /.exec(value.trim())?.[2];
  if (body === undefined) return 'is no private key';
  // OpenSSH's own form: its name, and how long the cipher's name is, and that.
  const plain = Buffer.from(body.replaceAll('\n', ''), 'base64').toString('latin1');
  const cipher = plain.startsWith('openssh-key-v1') ? plain.slice(19, 23) : 'none';
  return /ENCRYPTED/.test(value) || cipher !== 'none'
    ? 'is encrypted, and nobody can type its passphrase on a server: make one for this alone with ' +
        "ssh-keygen -t ed25519 -N ''"
    : undefined;
}

/** Type and key of each line of known_hosts, or of what the host itself has in /etc/ssh. */
function hostKeys(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])((?:ssh|ecdsa)-[\w-]+) (AAAA[\w+/]+=*)/g)].map(
    ([, type, key]) => `${type} ${key}`,
  );
}

type Read =
  | { readonly kind: 's3'; readonly address: string }
  | Pick<Extract<Target, { kind: 'sftp' }>, 'kind' | 'user' | 'host' | 'port' | 'path'>
  | { readonly kind: 'path'; readonly path: string };

/** What a target is, or the rule that it breaks. */
export function parseTarget(text: string): Read | { readonly broken: string } {
  if (text === '') return { broken: 'is empty' };
  if (text.startsWith('/')) return parsePath(text);
  const said = `is "${shortened(text.replace(/\/\/[^@/]*@/, '//…@'))}"`;
  if (/^s3:http:/.test(text))
    return { broken: `${said}, but must begin with s3:https: credentials cross the network` };
  if (/^s3:https:\/\//.test(text)) {
    const url = URL.canParse(text.slice(3)) ? new URL(text.slice(3)) : undefined;
    const host = brokenHostRule(url?.hostname ?? '');
    if (!url || host) return { broken: `${said}${host ?? ', which is no address'}` };
    if (url.username || url.password)
      return {
        broken: `${said}, but must hold no credentials: backupAccessKey and backupSecretKey do`,
      };
    if (url.search || url.hash || !isPlain(url.pathname))
      return { broken: `${said}, but may have only letters, digits and ._- in its path` };
    if (url.pathname.split('/').filter(Boolean).length === 0)
      return { broken: `${said}, but must name a bucket` };
    return { kind: 's3', address: `s3:https://${url.host}${url.pathname.replace(/\/+$/, '')}` };
  }
  if (/^sftp:\/\//.test(text)) {
    const [, user, password, host = '', port = '22', path = ''] =
      /^sftp:\/\/(?:([^:@/]+)(:[^@/]*)?@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?(\/.*)?$/.exec(text) ?? [];
    const brokenHost = brokenHostRule(host);
    if (brokenHost) return { broken: `${said}${brokenHost}` };
    if (password) return { broken: `${said}, but must hold no password: backupSshKey lets in` };
    if (!user || !/^[\w.-]+$/.test(user) || user.startsWith('-'))
      return { broken: `${said}, but must name a user: sftp://user@host/path` };
    if (Number(port) < 1 || Number(port) > 65_535)
      return { broken: `${said}, but its port must be from 1 to 65535` };
    const folder = parsePath(path);
    if ('broken' in folder)
      return { broken: `${said}, but must end in an absolute path: sftp://user@host/path` };
    return { kind: 'sftp', user, host, port: Number(port), path: folder.path };
  }
  return {
    broken: `${said}, but must be s3:https://host/bucket/path, sftp://user@host/path, or an absolute path`,
  };
}

/** Goes into words of restic and ssh. */
function isPlain(path: string): boolean {
  return /^[\w./~@+-]*$/.test(path) && !path.split('/').some((part) => /^\.\.?$/.test(part));
}

function parsePath(text: string): { kind: 'path'; path: string } | { broken: string } {
  const path = text.replace(/\/+$/, '');
  if (path === '') return { broken: 'is the root of the server, but must be a folder' };
  if (!isPlain(path) || path.includes('//'))
    return {
      broken: `is "${shortened(text)}", but may have only letters, digits and ._-@+ between its slashes`,
    };
  return /^\/(proc|sys|dev)(\/|$)/.test(path)
    ? { broken: `is "${shortened(text)}", where no file stays` }
    : { kind: 'path', path };
}

function brokenHostRule(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || /^127\./.test(bare) || bare === '::1')
    return ", which leads to the tier's own container: it must be an address that the server reaches";
  return isIP(bare) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(bare)
    ? undefined
    : ', which has no name of a host';
}

/** Where a folder of the server is found in the tier's container. */
export const targetFolder = '/target';

/** What the tier is told of its target. */
export function targetEnvironment(target: Target): Record<string, string> {
  switch (target.kind) {
    case 's3':
      return { TARGET: target.address };
    case 'path':
      return { TARGET: targetFolder };
    case 'sftp': {
      const { user, host, port, path } = target;
      const options = [
        ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'IdentitiesOnly=yes'],
        ...['UserKnownHostsFile=/tmp/keys/known_hosts', 'GlobalKnownHostsFile=/dev/null'],
        ...['ConnectTimeout=15', 'ServerAliveInterval=15', 'ServerAliveCountMax=3'],
      ].map((option) => `-o ${option}`);
      const bare = host.replace(/^\[|\]$/g, '');
      return {
        TARGET: `sftp://${user}@${host}:${port}/${path}`,
        SSH: `ssh ${options.join(' ')} -i /tmp/keys/key -p ${port} -l ${user} ${bare} -s sftp`,
      };
    }
  }
}

/** What the tier finds in /run/secrets beside the database's: contents by file. */
export function targetFiles({ key, target }: Copying): Record<string, string> {
  const files = { backup_key: key };
  switch (target.kind) {
    case 's3':
      return {
        ...files,
        backup_access_key: target.accessKey,
        backup_secret_key: target.secretKey,
        ...(target.rootCertificate && { backup_root_certificate: target.rootCertificate }),
      };
    case 'sftp':
      return { ...files, backup_ssh_key: target.sshKey, backup_host_key: target.hostKey };
    default:
      return files;
  }
}

/** Where the copy is, for a person: without anything that lets in. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 's3':
      return target.address;
    case 'sftp':
      return `sftp://${target.user}@${target.host}:${target.port}${target.path}`;
    default:
      return target.path;
  }
}

/** What `up` says of data that is on one server alone, or undefined. */
export function oneServerNotice(copying: Copying | undefined, stack: string): string | undefined {
  if (copying) return undefined;
  return (
    'Backups are on this server alone, and die with it. Have a copy elsewhere, at most a minute behind: ' +
    `pulumi config set --stack ${stack} backupTarget ${example} (docs/backups.md)`
  );
}
