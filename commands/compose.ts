// A compose deployment, as the docker CLI shows it: looked at, asked for its data, stopped and started again.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { docker, linesOf, tryDocker } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { until } from '../host/wait';
import {
  brokenVersionRule,
  type ComposeContainer,
  composeContainers,
  databaseOf,
  factsQuery,
  foreignObjects,
  foreignText,
  type InspectedContainer,
  knownAs,
  type Migration,
  migrationsQuery,
  type OwnObjects,
  ownObjects,
  parseFacts,
  parseMigrations,
  projectLabel,
  refusals,
  type Source,
  versionQuery,
} from './adopting';

/** What this program's migrations are, and make. */
export interface Own {
  readonly migrations: readonly Migration[];
  readonly objects: OwnObjects;
}

export function ownSchema(): Own {
  const folder = join(projectRoot, 'app/backend/migrations');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  return {
    migrations: files.map(({ name, text }) => ({
      name,
      checksum: knownAs(text),
    })),
    objects: ownObjects(files.map(({ text }) => text)),
  };
}

/**
 * Looks at a project, and changes nothing.
 *
 * @param service that runs the database; undefined: the one that is PostgreSQL
 * @throws Problem with all that can't be carried
 */
export async function lookAt(project: string, service: string | undefined): Promise<Source> {
  const containers = await readContainers(project);
  const database = databaseOf(project, containers, service);
  const version = Number(await ask(database, versionQuery));
  refuse(project, brokenVersionRule(version));
  const isOurs =
    (await ask(database, "SELECT to_regclass('public.schema_migrations') IS NOT NULL")) === 't';
  const facts = {
    ...parseFacts(await ask(database, factsQuery)),
    migrations: isOurs ? parseMigrations(linesOf(await ask(database, migrationsQuery))) : undefined,
  };
  const own = ownSchema();
  refuse(project, refusals(facts, own.migrations));
  const list = await inDatabase(
    database,
    'pg_dump --schema-only --format=custom | pg_restore --list',
  );
  const foreign = foreignObjects(linesOf(list), own.objects);
  if (foreign.length > 0) throw new Problem(foreignText(foreign));
  const writers = containers.filter(({ id, running }) => running && id !== database.id);
  return { project, database, writers, facts };
}

function refuse(project: string, why: readonly string[]): void {
  if (why.length > 0)
    throw new Problem(
      `The data of compose project ${project} can't be taken, and nothing was changed:\n  - ${why.join('\n  - ')}`,
    );
}

async function readContainers(project: string): Promise<ComposeContainer[]> {
  const ids = linesOf(
    await docker(['ps', '--all', '--quiet', '--filter', `label=${projectLabel}=${project}`]),
  );
  if (ids.length === 0) {
    const format = `{{.Label "${projectLabel}"}}`;
    const running = linesOf(
      await docker(['ps', '--filter', `label=${projectLabel}`, '--format', format]),
    );
    const names = [...new Set(running)].sort().join(', ');
    throw new Problem(
      `There is no compose project ${project} on this engine; ${names ? `there run: ${names}` : 'none runs'}.`,
    );
  }
  const inspected: unknown = JSON.parse(await docker(['inspect', ...ids]));
  return composeContainers(inspected as InspectedContainer[]);
}

/** Names and password as the official image takes them; they stay in the container. */
const environment = `set -e
read_file() { [ -z "$1" ] || cat "$1"; }
PGUSER=\${POSTGRES_USER:-$(read_file "\${POSTGRES_USER_FILE-}")}
PGUSER=\${PGUSER:-postgres}
PGDATABASE=\${POSTGRES_DB:-$(read_file "\${POSTGRES_DB_FILE-}")}
PGDATABASE=\${PGDATABASE:-$PGUSER}
PGPASSWORD=\${POSTGRES_PASSWORD:-$(read_file "\${POSTGRES_PASSWORD_FILE-}")}
export PGUSER PGDATABASE PGPASSWORD
`;
const psql = 'psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1';

function inDatabase({ name }: { readonly name: string }, script: string, input?: string) {
  return docker(['exec', '--interactive', name, 'sh', '-c', environment + script], {
    ...(input !== undefined && { input }),
  });
}

function ask(database: { readonly name: string }, statement: string): Promise<string> {
  return inDatabase(database, `${psql} --file=-`, statement);
}

/** The same rows give the same lines here and in the stack: app/backup/rows.sql. */
export function rowsQuery(): string {
  return `\\set into ''\n${readFileSync(join(projectRoot, 'app/backup/rows.sql'), 'utf8')}`;
}

/**
 * A program that writes data to standard output, and what the rows come to as of the same moment to standard error; with
 * it, as `since <xid>`, the oldest transaction that this moment may not show.
 */
export interface DataCommand {
  readonly words: readonly [string, ...string[]];
  readonly input: string;
}

/** A dump of a database that serves on meanwhile. */
export function dumpOf(database: string): DataCommand {
  const dump =
    'pg_dump --no-password --snapshot="$SNAPSHOT" --format=custom --compress=1 </dev/null >&3';
  return atOneMoment(database, dump, '');
}

/** What has changed since an earlier moment, as a script: app/backup/changes.sql. */
export function changesOf(database: string, since: string): DataCommand {
  const changes = readFileSync(join(projectRoot, 'app/backup/changes.sql'), 'utf8');
  return atOneMoment(database, `${inSnapshot('CHANGES')} >&3`, `\\set since ${since}\n${changes}`);
}

/** psql with the statements of a variable, in the snapshot. */
function inSnapshot(variable: string): string {
  return `printf "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%s';\\n%s\\nCOMMIT;\\n" "$SNAPSHOT" "$${variable}" | ${psql} --file=-`;
}

function atOneMoment(database: string, data: string, changes: string): DataCommand {
  const script = `${environment}export ROWS="$1" CHANGES="$2"; exec 3>&1; ${psql} --file=- >&2`;
  return {
    words: [
      'docker',
      ...['exec', '--interactive', database, 'sh', '-c', script, 'sh', rowsQuery(), changes],
    ],
    // All see the database at the moment of the snapshot, which is held until they have ended.
    input: [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;',
      'SELECT pg_export_snapshot() AS snapshot \\gset',
      '\\setenv SNAPSHOT :snapshot',
      "SELECT 'since ' || pg_snapshot_xmin(pg_current_snapshot());",
      `\\! ${inSnapshot('ROWS')} >&2 & ${data}; done=$?; wait $! && exit $done`,
      '\\if :SHELL_ERROR',
      "  DO $$ BEGIN RAISE EXCEPTION 'the data is not told'; END $$;",
      '\\endif',
      'COMMIT;',
      '',
    ].join('\n'),
  };
}

/** How long a client may take to be gone after its container is, in seconds. */
const clientsLeave = 10;

/** @throws Problem if somebody is still in the database, whose writes could be lost */
export async function ensureQuiet(database: string): Promise<void> {
  const clients =
    "SELECT DISTINCT format('%s from %s', usename, coalesce(host(client_addr), 'its own container')) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
  for (let second = 0; ; second++) {
    const found = linesOf(await ask({ name: database }, clients));
    if (found.length === 0) return;
    if (second >= clientsLeave)
      throw new Problem(
        `Others than the project's own services are in its database, and could write: ${found.join(', ')}. Stop them first.`,
      );
    await pause(1000);
  }
}

/** Stops containers, and keeps a restart of the engine from starting them again. */
export async function stop(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await docker(['update', '--restart=no', ...names]);
  await docker(['stop', '--time=15', ...names]);
}

/** How long a port may take to be free again, and a database to start, in seconds. */
const patience = 60;

/** Starts what was stopped, the database first, as it was restarted before. */
export async function startAgain(
  stopped: readonly { readonly name: string; readonly restart: string }[],
  database: string,
): Promise<void> {
  const start = async (name: string) => {
    for (let second = 0; ; second++) {
      const started = await tryDocker(['start', name]);
      if (started.ok) return;
      if (second >= patience)
        throw new Problem(`${name} does not start:\n${started.output.trim()}`);
      await pause(1000);
    }
  };
  await start(database);
  await until(
    async () => (await tryDocker(['exec', database, 'pg_isready', '--quiet'])).ok,
    patience,
    `${database} does not answer: docker logs ${database}`,
  );
  for (const { name } of stopped) await start(name);
  for (const { name, restart } of stopped) await docker(['update', `--restart=${restart}`, name]);
}
