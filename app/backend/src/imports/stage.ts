import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Static } from 'typebox';
import { newColorsSql } from '../entries/palette.js';
import type { ImportResult } from '../schemas/imports.js';
import type { Zone } from '../zone.js';
import type { ImportedRow } from './formats.js';
import { type BadLine, createBreath, type Line } from './read.js';

type Result = Static<typeof ImportResult>;
export type Differing = 'new' | 'update' | 'leave';
export type Staged = Omit<
  Result,
  'importId' | 'fileName' | 'columns' | 'reading' | 'errors' | 'leftOut'
> &
  Read;

/** What is known of lines when they are read. */
interface Read {
  errors: BadLine[];
  leftOut: { line: number; reason: string }[];
}

/** How many of a kind an answer shows. */
const SHOWN = 100;
const SHOWN_ENTRIES = 20;
/** Characters sent to the database at once. */
const CHUNK = 64 * 1024;
/** Entries written by one statement. */
const BATCH = 5_000;

/** For the clients and projects of `staged`: what is there of each, in lower case. */
const NAMES = `SELECT DISTINCT ON (client_key, project_key)
    lower(client) AS client_key, lower(project) AS project_key, client, project, number
  FROM staged WHERE (fresh OR entry_id IS NOT NULL) AND project <> '' ORDER BY client_key, project_key, number`;

/**
 * Reads lines into temporary tables of this session, and finds out which are new: those whose source
 * is not among the entries. Where a system gives no ref, the content is the ref, with a number, so
 * that an hour that was logged twice stays two. What identifies a row is written once and for all:
 * columns that came later, such as the client, are no part of it.
 */
export async function stage(
  client: pg.PoolClient,
  lines: AsyncIterable<Line>,
  { zone, differing, onLine }: { zone: Zone; differing: Differing; onLine(count: number): void },
): Promise<Staged> {
  await client.query(
    `CREATE TEMP TABLE lines (
       line integer, system text, ref text, start_at timestamptz(0), end_at timestamptz(0),
       description text, project text, client text, tags text, billable boolean, placed boolean,
       id_start timestamptz(0), id_end timestamptz(0)
     )`,
  );
  const read: Read = { errors: [], leftOut: [] };
  const counts = { error: 0, leftOut: 0 };
  async function* good() {
    let count = 0;
    let chunk = '';
    const turn = createBreath();
    for await (const line of lines) {
      onLine(++count);
      if ('row' in line) chunk += copyLine(line.line, line.row);
      else if ('bad' in line) {
        if (++counts.error <= SHOWN) read.errors.push(line.bad);
      } else if (++counts.leftOut <= SHOWN) {
        read.leftOut.push({ line: line.line, reason: line.leftOut });
      }
      const pause = turn();
      if (pause) await pause;
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  await pipeline(Readable.from(good()), client.query(copyFrom('COPY lines FROM STDIN')));
  await client.query(
    `CREATE TEMP TABLE staged AS
     WITH identified AS (
       SELECT line, system, start_at, end_at, description, project, client, tags, billable, placed,
              ref IS NOT NULL AS named,
              coalesce(ref, encode(sha256(convert_to(content, 'UTF8')), 'hex') || '-' ||
                row_number() OVER (PARTITION BY system, content ORDER BY line)) AS ref
       FROM lines, LATERAL (SELECT jsonb_build_array(
         extract(epoch FROM id_start), extract(epoch FROM id_end),
         description, project, tags, billable)::text AS content) AS c
     )
     SELECT *, row_number() OVER (ORDER BY start_at, line) AS number,
            row_number() OVER (PARTITION BY system, ref ORDER BY line) = 1 AND NOT EXISTS (
              SELECT FROM entries e WHERE e.source_system = i.system AND e.source_ref = i.ref
            ) AS fresh,
            NULL::uuid AS entry_id
     FROM identified i`,
  );
  await client.query('DROP TABLE lines');
  await client.query('CREATE UNIQUE INDEX ON staged (number)');
  await client.query('ANALYZE staged');
  await findDiffering(client);
  const differ = await differingLines(client);
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(entry_id)::int AS count FROM staged',
  );
  const differingCount = rows[0]?.count ?? 0;
  // From here on an entry's id means that it is to be updated.
  if (differingCount > 0) {
    await client.query(
      `UPDATE staged SET fresh = $1, entry_id = CASE WHEN $2 THEN entry_id END
       WHERE entry_id IS NOT NULL`,
      [differing === 'new', differing === 'update'],
    );
  }
  const summary = await summarize(client, zone);
  return {
    ...summary,
    counts: {
      ...summary.counts,
      ...counts,
      differing: differingCount,
      updated: differing === 'update' ? differingCount : 0,
      duplicate: summary.counts.duplicate - (differing === 'new' ? 0 : differingCount),
    },
    added: await additions(client),
    ...read,
    differing: differ,
    sample: await sample(client),
  };
}

/** Takes the temporary tables away again, so that the session is as it was. */
export const unstage = (client: pg.PoolClient) =>
  client.query('DROP TABLE IF EXISTS lines, staged, projects_of');

/**
 * Lines that are new by their content, but have the times and the text of an entry of the same
 * system that no line of the file is: their project has been changed there.
 */
async function findDiffering(client: pg.PoolClient): Promise<void> {
  await client.query(
    `WITH candidates AS (
       SELECT DISTINCT s.system, s.start_at, s.end_at, s.description FROM staged s
       WHERE s.fresh AND NOT s.named
     ), there AS (
       SELECT e.id, e.source_system, e.start_at, e.end_at, e.description,
              row_number() OVER (PARTITION BY e.source_system, e.start_at, e.end_at, e.description
                                 ORDER BY e.id) AS turn
       FROM candidates c JOIN entries e
         ON e.source_system = c.system AND e.start_at = c.start_at AND e.end_at = c.end_at
            AND e.description = c.description
       WHERE NOT EXISTS (
         SELECT FROM staged s WHERE s.system = e.source_system AND s.ref = e.source_ref)
     ), wanted AS (
       SELECT number, system, start_at, end_at, description,
              row_number() OVER (PARTITION BY system, start_at, end_at, description
                                 ORDER BY line) AS turn
       FROM staged WHERE fresh AND NOT named
     )
     UPDATE staged s SET entry_id = t.id
     FROM wanted w JOIN there t
       ON t.source_system = w.system AND t.start_at = w.start_at AND t.end_at = w.end_at
          AND t.description = w.description AND t.turn = w.turn
     JOIN entries e ON e.id = t.id LEFT JOIN projects p ON p.id = e.project_id
     WHERE s.number = w.number AND lower(s.project) <> lower(coalesce(p.name, ''))`,
  );
}

async function differingLines(client: pg.PoolClient): Promise<Staged['differing']> {
  const { rows } = await client.query<{
    line: number;
    entry: string;
    start_at: Date;
    end_at: Date;
    description: string;
    project: string;
    before: string | null;
  }>(
    `SELECT s.line, s.entry_id AS entry, s.start_at, s.end_at, s.description, s.project,
            p.name AS before
     FROM staged s JOIN entries e ON e.id = s.entry_id LEFT JOIN projects p ON p.id = e.project_id
     ORDER BY s.line LIMIT $1`,
    [SHOWN],
  );
  return rows.map(({ start_at, end_at, project, ...rest }) => ({
    ...rest,
    start: start_at.toISOString(),
    end: end_at.toISOString(),
    project: project || null,
  }));
}

async function summarize(client: pg.PoolClient, zone: Zone) {
  const { rows } = await client.query<{
    fresh: number;
    known: number;
    first: Date | null;
    last: Date | null;
    seconds: number;
    over_day: number;
    placed: number;
  }>(
    `SELECT count(*) FILTER (WHERE fresh)::int AS fresh,
            count(*) FILTER (WHERE NOT fresh)::int AS known,
            min(start_at) AS first,
            max(greatest(start_at, end_at - interval '1 second')) AS last,
            coalesce(extract(epoch FROM sum(end_at - start_at)), 0)::float8 AS seconds,
            count(*) FILTER (WHERE end_at - start_at > interval '24 hours')::int AS over_day,
            count(*) FILTER (WHERE placed)::int AS placed
     FROM staged`,
  );
  const [sums] = rows;
  const longest = await client.query<{
    line: number;
    seconds: number;
    start_at: Date;
    description: string;
  }>(
    `SELECT line, extract(epoch FROM end_at - start_at)::float8 AS seconds, start_at,
            left(description, 200) AS description
     FROM staged ORDER BY end_at - start_at DESC, line LIMIT 1`,
  );
  const day = (at: Date) =>
    new Date(at.getTime() + zone.offset(at.getTime())).toISOString().slice(0, 10);
  const [first] = longest.rows;
  return {
    counts: { new: sums?.fresh ?? 0, duplicate: sums?.known ?? 0 },
    period: sums?.first && sums.last ? { first: day(sums.first), last: day(sums.last) } : null,
    seconds: sums?.seconds ?? 0,
    longest: first
      ? {
          line: first.line,
          seconds: first.seconds,
          start: first.start_at.toISOString(),
          description: first.description,
        }
      : null,
    overDay: sums?.over_day ?? 0,
    placed: sums?.placed ?? 0,
  };
}

/**
 * Which project each name of the file means, in the temporary table `projects_of`: the client's of
 * that name. One that is there without a client is taken for that of the only client that the file
 * names for it; without a client in the file, the only one of that name is meant.
 */
async function matchProjects(client: pg.PoolClient): Promise<void> {
  await client.query('DROP TABLE IF EXISTS projects_of');
  await client.query(
    `CREATE TEMP TABLE projects_of AS
     WITH names AS (${NAMES}), owners AS (
       SELECT project_key, count(*) AS owners FROM names GROUP BY project_key
     )
     SELECT n.*, own.id AS own, alone.id AS alone
     FROM names n JOIN owners o USING (project_key)
     LEFT JOIN LATERAL (
       SELECT p.id FROM projects p LEFT JOIN clients c ON c.id = p.client_id
       WHERE lower(p.name) = n.project_key AND lower(coalesce(c.name, '')) = n.client_key
     ) own ON true
     LEFT JOIN LATERAL (
       SELECT min(p.id::text)::uuid AS id FROM projects p
       WHERE lower(p.name) = n.project_key AND own.id IS NULL
         AND (n.client_key = '' OR (p.client_id IS NULL AND o.owners = 1))
       HAVING count(*) = 1
     ) alone ON true`,
  );
}

async function additions(client: pg.PoolClient): Promise<Staged['added']> {
  await matchProjects(client);
  const list = async <T extends pg.QueryResultRow>(sql: string) => {
    const { rows } = await client.query<T & { all: number }>(
      `SELECT *, count(*) OVER ()::int AS all FROM (${sql}) listed LIMIT ${SHOWN}`,
    );
    return {
      items: rows.map(({ all: _, ...row }) => row as unknown as T),
      count: rows[0]?.all ?? 0,
    };
  };
  type Named = { name: string; client: string | null };
  const named = `SELECT project AS name, nullif(client, '') AS client FROM projects_of`;
  const projects = await list<Named>(
    `${named} WHERE own IS NULL AND alone IS NULL ORDER BY project_key, client_key`,
  );
  const adopted = await list<Named>(
    `${named} WHERE alone IS NOT NULL AND client_key <> '' ORDER BY project_key`,
  );
  const clients = await list<{ name: string }>(
    `SELECT min(client) AS name FROM projects_of n
     WHERE client_key <> '' AND NOT EXISTS (
       SELECT FROM clients c WHERE lower(c.name) = n.client_key)
     GROUP BY client_key ORDER BY client_key`,
  );
  const tags = await list<{ name: string }>(
    `SELECT DISTINCT name FROM staged, unnest(string_to_array(tags, ',')) AS name
     WHERE fresh AND NOT EXISTS (SELECT FROM tags t WHERE t.name = name.name) ORDER BY name`,
  );
  return {
    projects: projects.items,
    clients: clients.items.map(({ name }) => name),
    tags: tags.items.map(({ name }) => name),
    adopted: adopted.items,
    counts: {
      projects: projects.count,
      clients: clients.count,
      tags: tags.count,
      adopted: adopted.count,
    },
  };
}

async function sample(client: pg.PoolClient): Promise<Staged['sample']> {
  const { rows } = await client.query<{
    line: number;
    start_at: Date;
    end_at: Date;
    description: string;
    project: string;
    client: string;
    tags: string[];
    billable: boolean;
    placed: boolean;
  }>(
    `SELECT line, start_at, end_at, description, project, client,
            string_to_array(tags, ',') AS tags, billable, placed
     FROM staged WHERE fresh ORDER BY line LIMIT $1`,
    [SHOWN_ENTRIES],
  );
  return rows.map(({ start_at, end_at, project, client: of, ...rest }) => ({
    ...rest,
    start: start_at.toISOString(),
    end: end_at.toISOString(),
    project: project || null,
    client: of || null,
  }));
}

/**
 * Makes the clients, projects and tags that the entries need, in a short transaction of its own: who
 * makes one of them meanwhile, or starts a timer with it, must not wait for the whole import. Noted,
 * so that they go again if nothing comes of it.
 */
export async function prepareNames(client: pg.PoolClient, importId: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await matchProjects(client);
    await client.query(
      `WITH made AS (
         INSERT INTO clients (name)
         SELECT min(client) FROM projects_of WHERE client_key <> '' GROUP BY client_key
         ORDER BY client_key ON CONFLICT DO NOTHING RETURNING id
       ) INSERT INTO import_changes (import_id, kind, id) SELECT $1, 'client', id FROM made`,
      [importId],
    );
    await client.query(
      `WITH adopted AS (
         UPDATE projects p SET client_id = c.id
         FROM projects_of n JOIN clients c ON lower(c.name) = n.client_key
         WHERE p.id = n.alone AND n.client_key <> '' AND p.client_id IS NULL RETURNING p.id
       ) INSERT INTO import_changes (import_id, kind, id) SELECT $1, 'adopted', id FROM adopted`,
      [importId],
    );
    await client.query(
      `WITH made AS (
         INSERT INTO projects (name, client_id, color)
         SELECT a.project, c.id, color
         FROM (
           SELECT project, client_key,
                  row_number() OVER (ORDER BY project_key, client_key) AS number
           FROM projects_of WHERE own IS NULL AND alone IS NULL
         ) a
         JOIN ${newColorsSql('(SELECT count(*)::int FROM projects_of)')} colors USING (number)
         LEFT JOIN clients c ON lower(c.name) = a.client_key AND a.client_key <> ''
         ON CONFLICT DO NOTHING RETURNING id
       ) INSERT INTO import_changes (import_id, kind, id) SELECT $1, 'project', id FROM made`,
      [importId],
    );
    await client.query(
      `WITH made AS (
         INSERT INTO tags (name) SELECT DISTINCT unnest(string_to_array(tags, ','))
         FROM staged WHERE fresh ORDER BY 1 ON CONFLICT DO NOTHING RETURNING name
       ) INSERT INTO import_changes (import_id, kind, name) SELECT $1, 'tag', name FROM made`,
      [importId],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
  await matchProjects(client);
}

/** Turns what is staged and new into entries, in the transaction of the caller. */
export async function writeEntries(
  client: pg.PoolClient,
  importId: string,
  { differing, onWritten }: { differing: Differing; onWritten(count: number): Promise<void> },
): Promise<{ added: number; updated: number }> {
  let added = 0;
  const { rows } = await client.query<{ last: number | null }>(
    'SELECT max(number)::int AS last FROM staged',
  );
  const last = rows[0]?.last ?? 0;
  for (let from = 0; from < last; from += BATCH) {
    const { rowCount } = await client.query(
      `INSERT INTO entries (id, start_at, end_at, description, project_id, tags, billable,
                            source_system, source_ref, import_id, placed)
       SELECT gen_random_uuid(), s.start_at, s.end_at, s.description, coalesce(n.own, n.alone),
              string_to_array(s.tags, ','), s.billable, s.system, s.ref, $1, nullif(s.placed, false)
       FROM staged s LEFT JOIN projects_of n
         ON n.client_key = lower(s.client) AND n.project_key = lower(s.project)
       WHERE s.fresh AND s.number > $2 AND s.number <= $3 ORDER BY s.number
       ON CONFLICT (source_system, source_ref) DO NOTHING`,
      [importId, from, from + BATCH],
    );
    added += rowCount ?? 0;
    await onWritten(added);
  }
  return { added, updated: differing === 'update' ? await giveProjects(client, importId) : 0 };
}

/** Gives the entries that differ the project that the file says, and its identity. */
async function giveProjects(client: pg.PoolClient, importId: string): Promise<number> {
  const { rowCount } = await client.query(
    `WITH changed AS (
       SELECT e.id, e.project_id AS before, e.source_ref, s.ref, coalesce(n.own, n.alone) AS project
       FROM staged s JOIN entries e ON e.id = s.entry_id
       LEFT JOIN projects_of n
         ON n.client_key = lower(s.client) AND n.project_key = lower(s.project)
       WHERE NOT EXISTS (
         SELECT FROM entries o WHERE o.source_system = e.source_system AND o.source_ref = s.ref)
       FOR UPDATE OF e
     ), noted AS (
       INSERT INTO import_changes (import_id, kind, id, name, before)
       SELECT $1, 'entry', id, source_ref, before FROM changed
     )
     UPDATE entries e SET project_id = c.project, source_ref = c.ref FROM changed c
     WHERE e.id = c.id`,
    [importId],
  );
  return rowCount ?? 0;
}

/** A line of COPY's text format. */
function copyLine(line: number, row: ImportedRow): string {
  const instant = (seconds: number) => new Date(seconds * 1000).toISOString();
  const text = (value: string) => value.replace(/[\\\t\n\r]/g, (it) => ESCAPES[it] ?? it);
  return `${[
    line,
    text(row.system),
    row.ref === null ? '\\N' : text(row.ref),
    instant(row.start),
    instant(row.end),
    text(row.description),
    text(row.project),
    text(row.client),
    text(row.tags.join(',')),
    row.billable,
    row.placed,
    instant(row.identity.start),
    instant(row.identity.end),
  ].join('\t')}\n`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
