// What moving in from another deployment goes by: what is ours in a database, what can't be carried, and what a person
// is told. Pure.
import { createHash } from 'node:crypto';
import { Problem } from '../host/problem';

/** A container of a compose project, as far as it matters here. */
export interface ComposeContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly running: boolean;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  /** What restarts it, such as `unless-stopped` or `on-failure:3`. */
  readonly restart: string;
  /** Names of its volumes, by where they are mounted. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Published on the host. */
  readonly ports: readonly number[];
}

/** Of `docker inspect`. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Running: boolean };
  readonly Config: {
    readonly Image: string;
    readonly Env?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount?: number };
    readonly PortBindings?: Readonly<
      Record<string, readonly { readonly HostPort: string }[] | null>
    > | null;
  };
  readonly Mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Destination: string;
  }[];
}

export const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';
const oneOffLabel = 'com.docker.compose.oneoff';

/** The containers of a project; not those of `docker compose run`. */
export function composeContainers(inspected: readonly InspectedContainer[]): ComposeContainer[] {
  return inspected
    .filter(({ Config }) => Config.Labels?.[oneOffLabel] !== 'True')
    .map(({ Id, Name, State, Config, HostConfig, Mounts }) => {
      const { Name: policy, MaximumRetryCount: tries } = HostConfig.RestartPolicy;
      return {
        id: Id,
        name: Name.replace(/^\//, ''),
        service: Config.Labels?.[serviceLabel] ?? '',
        running: State.Running,
        image: Config.Image,
        env: Object.fromEntries(
          (Config.Env ?? []).map((line) => {
            const [name = ''] = line.split('=', 1);
            return [name, line.slice(name.length + 1)];
          }),
        ),
        restart: `${policy || 'no'}${policy === 'on-failure' && tries ? `:${tries}` : ''}`,
        volumes: Object.fromEntries(
          Mounts.flatMap(({ Type, Name, Destination }) =>
            Type === 'volume' && Name ? [[Destination, Name]] : [],
          ),
        ),
        ports: Object.values(HostConfig.PortBindings ?? {}).flatMap((places) =>
          (places ?? []).map(({ HostPort }) => Number(HostPort)).filter((port) => port > 0),
        ),
      };
    });
}

/**
 * The one that runs the database.
 *
 * @param service as a person named it; undefined: the one that is PostgreSQL
 * @throws Problem if there is none, or more than one, or it doesn't run
 */
export function databaseOf(
  project: string,
  containers: readonly ComposeContainer[],
  service?: string,
): ComposeContainer {
  const isDatabase = ({ image, env }: ComposeContainer) =>
    'PGDATA' in env || 'POSTGRES_PASSWORD' in env || /(^|\/)postgres(ql)?[:@]/.test(image);
  const found = containers.filter((container) =>
    service === undefined ? isDatabase(container) : container.service === service,
  );
  const services = [...new Set(containers.map((container) => container.service))].join(', ');
  const [database, ...more] = found;
  if (!database)
    throw new Problem(
      service === undefined
        ? `Compose project ${project} runs no PostgreSQL: its services are ${services}. If one of them is it, name it with --service.`
        : `Compose project ${project} has no service ${service}; it has ${services}.`,
    );
  if (more.length > 0)
    throw new Problem(
      `Compose project ${project} runs PostgreSQL more than once: name the one with the data, with --service ` +
        `(${found.map((container) => container.service).join(', ')}).`,
    );
  if (!database.running)
    throw new Problem(
      `${database.name} does not run, and is asked for its data: docker start ${database.name}`,
    );
  return database;
}

/** What a database says of itself. */
export interface DatabaseFacts {
  /** Such as 170012. */
  readonly version: number;
  readonly isStandby: boolean;
  readonly encoding: string;
  readonly collate: string;
  /** In bytes. */
  readonly size: number;
  /** Files by name and checksum; undefined: not the application's database. */
  readonly migrations: readonly Migration[] | undefined;
  /** Settings that are not PostgreSQL's own, by name. */
  readonly settings: readonly string[];
  /** Beside the one with the data. */
  readonly otherDatabases: readonly string[];
}

export interface Migration {
  readonly name: string;
  readonly checksum: string;
}

/** As `sourceFacts` asks for them, in JSON. @throws Problem */
export function parseFacts(told: string): DatabaseFacts {
  const read = JSON.parse(told) as Record<string, unknown>;
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    version: Number(read.version),
    isStandby: read.standby === true,
    encoding: String(read.encoding),
    collate: String(read.collate),
    size: Number(read.size),
    migrations: undefined,
    settings: texts(read.settings),
    otherDatabases: texts(read.databases),
  };
}

/** Asked in one statement, which reads catalogs alone. */
export const factsQuery = `SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'standby', pg_is_in_recovery(),
  'encoding', getdatabaseencoding(),
  'collate', (SELECT datlocprovider::text || ' ' || coalesce(datlocale, datcollate) FROM pg_database WHERE datname = current_database()),
  'size', pg_database_size(current_database()),
  'settings', (SELECT json_agg(name ORDER BY name) FROM pg_settings
    WHERE sourcefile LIKE '%postgresql.auto.conf'
      OR (name IN ('shared_preload_libraries', 'archive_command', 'primary_conninfo') AND coalesce(setting, '') NOT IN ('', '(disabled)'))),
  'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database
    WHERE NOT datistemplate AND datname NOT IN ('postgres', current_database())))`;

/** For a version older than what `factsQuery` knows. */
export const versionQuery = "SELECT current_setting('server_version_num')";

export const migrationsQuery = `SELECT name || ' ' || checksum FROM public.schema_migrations ORDER BY name`;

export function parseMigrations(lines: readonly string[]): Migration[] {
  return lines.map((line) => {
    const [name = '', checksum = ''] = line.split(' ');
    return { name, checksum };
  });
}

/** The major version that the stack runs. */
export const majorVersion = 17;

/** Why data of this database can't be carried; empty, if it can. */
export function refusals(facts: DatabaseFacts, own: readonly Migration[]): string[] {
  const { version, isStandby, encoding, migrations } = facts;
  return [
    ...brokenVersionRule(version),
    ...(isStandby ? ['it is a standby of another server: name the deployment that writes'] : []),
    ...(encoding === 'UTF8' ? [] : [`its encoding is ${encoding}, and must be UTF8`]),
    ...(migrations === undefined
      ? ['it holds no table schema_migrations, so it is not the data of this application']
      : brokenSchemaRules(migrations, own)),
  ];
}

export function brokenVersionRule(version: number): string[] {
  const major = Math.floor(version / 10_000);
  return major === majorVersion
    ? []
    : [
        `it is PostgreSQL ${major}, and the stack runs ${majorVersion}: dump it with the pg_dump of ${majorVersion}, ` +
          'in the custom format, and take the dump with --from-dump <file>',
      ];
}

/** A schema of this program's past is migrated; one of its future, or another's, is not known. */
export function brokenSchemaRules(
  applied: readonly Migration[],
  own: readonly Migration[],
): string[] {
  const known = new Map(own.map(({ name, checksum }) => [name, checksum]));
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const changed = applied
    .filter(({ name, checksum }) => known.has(name) && known.get(name) !== checksum)
    .map(({ name }) => name);
  return [
    ...(applied.length === 0 ? ['no migration was ever applied to it'] : []),
    ...(unknown.length > 0
      ? [
          `its schema is newer than this program (${unknown.join(', ')}): take the program's release that made it`,
        ]
      : []),
    ...(changed.length > 0
      ? [`its schema comes from other migrations than this program's (${changed.join(', ')})`]
      : []),
  ];
}

/** What the migrations make: names by kind, as pg_restore lists kinds. */
export type OwnObjects = ReadonlyMap<string, ReadonlySet<string>>;

/** @param texts of the migrations */
export function ownObjects(texts: readonly string[]): OwnObjects {
  const found = new Map<string, Set<string>>([['TABLE', new Set(['schema_migrations'])]]);
  const created =
    /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(TABLE|INDEX|FUNCTION|EXTENSION|TYPE|DOMAIN|VIEW|SEQUENCE|TRIGGER|MATERIALIZED\s+VIEW)\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:"?public"?\.)?"?(\w+)/gi;
  for (const text of texts)
    for (const [, kind = '', name = ''] of text.replaceAll(/--.*$/gm, '').matchAll(created)) {
      const key = kind.toUpperCase().replaceAll(/\s+/g, ' ');
      found.set(key, (found.get(key) ?? new Set()).add(name));
    }
  return found;
}

/** Not carried at all, so they may be whatever they are. */
const leftBehind = ['ACL', 'COMMENT', 'SECURITY LABEL', 'DEFAULT ACL'];
/** Kinds of several words, which a line begins with; what hangs on a table has its name first. */
const ofTables = [
  'TABLE DATA',
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'DEFAULT',
  'STATISTICS DATA',
];
const named = [
  ['SEQUENCE OWNED BY', 'SEQUENCE'],
  ['SEQUENCE SET', 'SEQUENCE'],
  ['MATERIALIZED VIEW DATA', 'MATERIALIZED VIEW'],
  ['MATERIALIZED VIEW', 'MATERIALIZED VIEW'],
  ...['TABLE', 'INDEX', 'FUNCTION', 'TYPE', 'DOMAIN', 'VIEW', 'SEQUENCE'].map(
    (kind) => [kind, kind] as const,
  ),
] as const;

/**
 * Objects of a dump that no migration of ours made.
 *
 * @param list lines of `pg_restore --list`
 */
export function foreignObjects(list: readonly string[], own: OwnObjects): string[] {
  return list.flatMap((line) => {
    const entry = /^\d+; \d+ \d+ (.*)$/.exec(line)?.[1];
    if (entry === undefined || leftBehind.some((kind) => entry.startsWith(`${kind} `))) return [];
    return isOurs(entry, own) ? [] : [entry.replace(/ \S*$/, '').trim()];
  });
}

function isOurs(entry: string, own: OwnObjects): boolean {
  const has = (kind: string, name: string) => own.get(kind)?.has(name) === true;
  const isOwnSequence = (name: string) =>
    has('SEQUENCE', name) ||
    [...(own.get('TABLE') ?? [])].some((table) => name.startsWith(`${table}_`));
  const extension = /^EXTENSION - (\S+)/.exec(entry)?.[1];
  if (extension !== undefined) return has('EXTENSION', extension);
  if (/^SCHEMA - public /.test(entry)) return true;
  for (const kind of ofTables)
    if (entry.startsWith(`${kind} public `))
      return has('TABLE', entry.slice(`${kind} public `.length).split(' ')[0] ?? '');
  const trigger = /^TRIGGER public (\S+) (\S+) /.exec(entry);
  if (trigger) return has('TABLE', trigger[1] ?? '') && has('TRIGGER', trigger[2] ?? '');
  for (const [kind, as] of named) {
    if (!entry.startsWith(`${kind} public `)) continue;
    const [name = ''] = entry.slice(`${kind} public `.length).split(/[ (]/);
    return as === 'SEQUENCE' ? isOwnSequence(name) : has(as, name);
  }
  return false;
}

/** What to say of objects that aren't ours. */
export function foreignText(foreign: readonly string[]): string {
  const shown = foreign.slice(0, 10).join('\n  ');
  const more = foreign.length > 10 ? `\n  and ${foreign.length - 10} more` : '';
  return (
    `It holds what no migration of this program made:\n  ${shown}${more}\n` +
    'Nothing was changed. Dump without it (pg_dump --format=custom --schema=public --extension=… and --exclude-table), and take the dump with --from-dump <file>.'
  );
}

/** What `backup take` printed. */
export interface Taken {
  readonly list: readonly string[];
  readonly migrations: readonly Migration[];
}

export function parseTaken(told: string): Taken {
  const [list = '', migrations = ''] = told.split(/\n\n|^\n/);
  const lines = (text: string) => text.split('\n').filter(Boolean);
  return { list: lines(list), migrations: parseMigrations(lines(migrations)) };
}

/** What a table holds: rows, and a sum over their contents. */
export interface Rows {
  readonly table: string;
  readonly count: number;
}

const rowsLine = /^(\S+)\|(\d+)\|(-?\d+)$/;

/** The lines of rows.sql's answer among others. */
export function rowLines(told: string): string[] {
  return told.split('\n').filter((line) => rowsLine.test(line));
}

/** The transaction from which on a later copy has more; undefined, if it was not told. */
export function sinceOf(told: string): string | undefined {
  return /^since (\d+)$/m.exec(told)?.[1];
}

export function parseRows(told: string): Rows[] {
  return rowLines(told).map((line) => {
    const [, table = '', count = ''] = rowsLine.exec(line) ?? [];
    return { table, count: Number(count) };
  });
}

/** Tables that a new stack fills by itself, or that are of no use elsewhere. */
const ownBusiness = [
  'schema_migrations',
  'sessions',
  'login_tries',
  'settings',
  'idempotency_keys',
];

/** What people have written. */
export function written(rows: readonly Rows[]): Rows[] {
  return rows.filter(
    ({ table, count }) => count > 0 && !ownBusiness.includes(table.replace(/^public\./, '')),
  );
}

export function rowsText(rows: readonly Rows[]): string {
  const found = written(rows);
  if (found.length === 0) return 'no rows';
  return found.map(({ table, count }) => `${table.replace(/^public\./, '')} ${count}`).join(', ');
}

/** How far a move is; each follows the one before, but `returning`, which leads back to `copying`. */
export type Phase = 'copying' | 'switching' | 'serving' | 'returning';

/** What is written down on the stack's server while a move can be taken back. */
export interface Adoption {
  readonly project: string;
  /** Container of the database there. */
  readonly database: string;
  readonly phase: Phase;
  /** Where the stack listens until it takes the other's port. */
  readonly port: number;
  /** What was stopped, and what restarted it before. */
  readonly stopped: readonly { readonly name: string; readonly restart: string }[];
  /** The oldest transaction that the copy may lack; undefined: there is no copy that could be caught up. */
  readonly since?: string;
  /** When the stack began to serve, as an ISO date with time. */
  readonly servingSince?: string;
  /** The other's volume with the data. */
  readonly volume?: string;
}

/** @throws Problem for what is no such record */
export function parseAdoption(text: string): Adoption {
  try {
    const read = JSON.parse(text) as Adoption;
    if (typeof read.project === 'string' && typeof read.phase === 'string') return read;
  } catch {
    // Said below.
  }
  throw new Problem(
    'The record of the move, adoption/record.json on the volume of the backups, is damaged: look at it, and remove it.',
  );
}

/** In words: `1.4 GB`, `12 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

export interface Source {
  readonly project: string;
  readonly database: ComposeContainer;
  /** All others of the project that run. */
  readonly writers: readonly ComposeContainer[];
  readonly facts: DatabaseFacts;
}

/** What was found, and what will be done: shown before the first question. */
export function planText(
  source: Source,
  stack: string,
  ports: { own: number; beside: number },
): string {
  const { project, database, writers, facts } = source;
  const names = writers.map(({ service }) => service).join(', ') || 'none';
  const not = [
    ...(facts.settings.length > 0 ? [`settings of its own (${facts.settings.join(', ')})`] : []),
    ...(facts.otherDatabases.length > 0
      ? [`other databases (${facts.otherDatabases.join(', ')})`]
      : []),
  ];
  return [
    `Found, and not touched: compose project ${project}`,
    `  database  ${database.service}: PostgreSQL ${Math.floor(facts.version / 10_000)}.${facts.version % 10_000}, ${bytesText(facts.size)}, sorted by ${sortedBy(facts.collate)}, ${facts.migrations?.length ?? 0} migrations`,
    `  others    ${names}`,
    `To be done, for stack ${stack}:`,
    `  1  the stack is brought up beside it, on port ${ports.beside}; ${project} serves on`,
    '  2  the data is copied a first time, at one moment, and each row compared; how long that takes is told',
    `  3  after another question: ${names} of ${project} are stopped, what has changed is copied, all is compared again, and the stack takes port ${ports.own}`,
    'What comes along: the data of the application. Indexes are made anew, in the order of this database.',
    'What does not: passwords and secrets. New ones are made, so everybody logs in again; the admin logs in with the',
    `adminPassword of stack ${stack}.${not.length > 0 ? ` And ${not.join(', ')}.` : ''}`,
    `Nothing of ${project} is removed, and there is a way back: npm run adopt -- --back, until npm run adopt -- --finish.`,
  ].join('\n');
}

function sortedBy(collate: string): string {
  const [provider, ...locale] = collate.split(' ');
  const names: Readonly<Record<string, string>> = { c: 'libc', i: 'ICU', b: 'PostgreSQL' };
  return `${names[provider ?? ''] ?? provider} ${locale.join(' ')}`;
}

/** What the first copy came to, and what the switch will take. */
export function rehearsedText(
  rows: readonly Rows[],
  {
    copied,
    again,
    port,
  }: { readonly copied: number; readonly again: number; readonly port: number },
): string {
  return [
    `Copied, and each row compared (${rowsText(rows)}), in ${copied.toFixed(1)} s; to do it again took ${again.toFixed(1)} s.`,
    `The stack can be looked at on port ${port}; what is written there is lost with the switch.`,
    `The switch: the page is away for about ${Math.ceil(again) + 5} s.`,
  ].join('\n');
}

/** What a person may remove, once there is no way back. */
export function finishText({ project, database, stopped, volume }: Adoption): string {
  return [
    'What may be removed of the old deployment, when nobody needs it any more:',
    `  docker compose -p ${project} down --volumes`,
    'or, without its compose file:',
    `  docker rm ${[...stopped.map(({ name }) => name)].join(' ') || database}`,
    ...(volume === undefined ? [] : [`  docker volume rm ${volume}`]),
    'The volume is its data, as of the switch: keep it as long as you like.',
  ].join('\n');
}

/** The digest by which databases know a migration: the backend's rule (app/backend/src/database/migrate.ts). */
export function knownAs(migration: string): string {
  const said = /^-- Known as ([0-9a-f]{64})$/m.exec(migration)?.[1];
  return said ?? createHash('sha256').update(migration).digest('hex');
}
