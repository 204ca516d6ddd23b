// A database that somebody else runs, as config says it: plain data, every message with the key, the rule and the mend.
import { type KeyContext, mends, shortened } from './mend';
import { certificatesOf } from './site';

export interface ExternalDatabase {
  /** A name or an address, for which its certificate stands. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** The role that owns the database and makes others. */
  readonly owner: string;
  readonly password: string;
  /** PEM of the root that it is trusted by; undefined: one that everybody knows. */
  readonly rootCertificate: string | undefined;
}

export const externalDatabaseKeys = ['database', 'databaseUrl', 'databaseRootCertificate'] as const;
type ExternalDatabaseKey = (typeof externalDatabaseKeys)[number];

type Values = Readonly<
  Partial<Record<ExternalDatabaseKey | 'databaseVolume' | 'backupTarget', string>>
>;

/** Reads the keys of the database; what is broken is told. @returns undefined for the stack's own */
export function parseExternalDatabase(
  values: Values,
  { stack, orchestrator, problem, isSecret }: KeyContext,
): ExternalDatabase | undefined {
  const { set, remove } = mends<keyof Values>(stack);
  const { database = 'own', databaseUrl, databaseRootCertificate } = values;
  const setUrl = `set it, without showing it, with: pulumi config set --stack ${stack} --secret databaseUrl`;
  if (database !== 'own' && database !== 'external')
    problem(
      `database is "${shortened(database)}", but must be own or external; ${set('database', 'own')}`,
    );
  if (database !== 'external') {
    for (const key of ['databaseUrl', 'databaseRootCertificate'] as const)
      if (values[key] !== undefined)
        problem(
          `${key} does nothing without database external; ${set('database', 'external')}, or ${remove(key)}`,
        );
    return undefined;
  }
  if (orchestrator === 'container')
    problem(
      `database is external, but containers have their own: its fixed credentials are known to everybody; ${remove('database')}`,
    );
  for (const [key, why] of [
    ['databaseVolume', 'is of the own database'],
    [
      'backupTarget',
      'copies the log of the own database: an external one is copied by who runs it',
    ],
  ] as const)
    if (values[key] !== undefined)
      problem(`${key} ${why}, and database is external; ${remove(key)}`);
  if (databaseRootCertificate !== undefined && certificatesOf(databaseRootCertificate).length === 0)
    problem(
      `databaseRootCertificate is no certificate in PEM; set it with: pulumi config set --stack ${stack} databaseRootCertificate < root.pem`,
    );
  if (databaseUrl === undefined) {
    problem(`database is external, but databaseUrl is missing; ${setUrl}`);
    return undefined;
  }
  if (!isSecret('databaseUrl'))
    problem(
      `databaseUrl stands in the config in clear text, but has a password: it is known now, so give the owner another, and ${setUrl}`,
    );
  const read = parseDatabaseUrl(databaseUrl);
  if ('broken' in read) {
    problem(`databaseUrl ${read.broken}, such as ${example}; ${setUrl}`);
    return undefined;
  }
  return { ...read, rootCertificate: databaseRootCertificate };
}

const example = 'postgres://owner:password@db.example.com:5432/timetracker';

/** Settings of an address that are kept whether it says them or not. */
const kept: Readonly<Record<string, RegExp>> = {
  sslmode: /^(require|verify-ca|verify-full)$/,
  channel_binding: /^(prefer|require)$/,
};

/** What an address of PostgreSQL says. What is told of it never holds any of it. */
export function parseDatabaseUrl(
  text: string,
): Omit<ExternalDatabase, 'rootCertificate'> | { readonly broken: string } {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return { broken: 'must be an address of PostgreSQL, of one host' };
  }
  if (!/^postgres(ql)?:$/.test(url.protocol))
    return { broken: 'must be an address of PostgreSQL, of one host' };
  const decoded = [url.username, url.password, url.pathname.slice(1)].map(decode);
  if (decoded.includes(undefined))
    return { broken: 'has a % that is not followed by two digits: write it as %25' };
  const [owner = '', password = '', name = ''] = decoded;
  if (!url.hostname || !owner || !password || !name)
    return { broken: 'must say owner, password, host and database' };
  if (/^app(_g\d+)?$/.test(owner))
    return { broken: 'names an owner by which the backend calls its own roles: app, app_g1, …' };
  for (const [setting, value] of url.searchParams)
    if (!kept[setting]?.test(value))
      return {
        broken:
          setting === 'sslmode'
            ? 'would let the connection go without TLS: leave sslmode out'
            : 'has a setting that has no effect here: leave out what follows the question mark',
      };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port || 5432), name, owner, password };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
