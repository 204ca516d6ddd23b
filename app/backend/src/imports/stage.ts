import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breath } from 'node:timers/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { newColorsSql } from '../entries/palette.js';
import type { ImportedRow } from './formats.js';
import type { Line } from './read.js';

/** How many lines in error, and how many new entries, an answer shows. */
const SHOWN_ERRORS = 100;
const SHOWN_ENTRIES = 20;

/** Lines after which other requests get their turn. */
const BREATH = 100;
/** Characters sent to the database at once. */
const CHUNK = 64 * 1024;

export interface Staged {
  counts: { new: number; duplicate: number; error: number };
  errors: { line: number; reason: string }[];
  sample: {
    start: string;
    end: string;
    description: string;
    project: string | null;
    tags: string[];
    billable: boolean;
  }[];
}

/**
 * Streams lines into a temporary table of this transaction, and finds out which are new: those
 * whose source is not among the entries. Where a system gives no ref, the content is the ref, with
 * a number, so that an hour that was logged twice stays two.
 */
export async function stage(
  client: pg.PoolClient,
  lines: AsyncIterable<Line>,
  onLine: (count: number) => void,
): Promise<Staged> {
  await client.query(
    `CREATE TEMP TABLE lines (
       line integer, system text, ref text, start_at timestamptz(0), end_at timestamptz(0),
       description text, project text, tags text, billable boolean
     ) ON COMMIT DROP`,
  );
  let error = 0;
  const errors: Staged['errors'] = [];
  async function* good() {
    let count = 0;
    let chunk = '';
    for await (const line of lines) {
      onLine(++count);
      if ('row' in line) chunk += copyLine(line.line, line.row);
      else if (++error <= SHOWN_ERRORS) errors.push(line);
      if (count % BREATH === 0) await breath();
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  await pipeline(Readable.from(good()), client.query(copyFrom('COPY lines FROM STDIN')));
  await client.query(
    `CREATE TEMP TABLE staged ON COMMIT DROP AS
     WITH identified AS (
       SELECT line, system, start_at, end_at, description, project, tags, billable,
              coalesce(ref, encode(sha256(convert_to(content, 'UTF8')), 'hex') || '-' ||
                row_number() OVER (PARTITION BY system, content ORDER BY line)) AS ref
       FROM lines, LATERAL (SELECT jsonb_build_array(
         extract(epoch FROM start_at), extract(epoch FROM end_at),
         description, project, tags, billable)::text AS content) AS c
     )
     SELECT *, row_number() OVER (PARTITION BY system, ref ORDER BY line) = 1 AND NOT EXISTS (
              SELECT FROM entries e WHERE e.source_system = i.system AND e.source_ref = i.ref
            ) AS fresh
     FROM identified i`,
  );
  await client.query('ANALYZE staged');
  const { rows } = await client.query<{ fresh: number; known: number }>(
    `SELECT count(*) FILTER (WHERE fresh)::int AS fresh,
            count(*) FILTER (WHERE NOT fresh)::int AS known FROM staged`,
  );
  return {
    counts: { new: rows[0]?.fresh ?? 0, duplicate: rows[0]?.known ?? 0, error },
    errors,
    sample: await sample(client),
  };
}

async function sample(client: pg.PoolClient): Promise<Staged['sample']> {
  const { rows } = await client.query<{
    start_at: Date;
    end_at: Date;
    description: string;
    project: string;
    tags: string[];
    billable: boolean;
  }>(
    `SELECT start_at, end_at, description, project, string_to_array(tags, ',') AS tags, billable
     FROM staged WHERE fresh ORDER BY line LIMIT $1`,
    [SHOWN_ENTRIES],
  );
  return rows.map(({ start_at, end_at, project, ...rest }) => ({
    start: start_at.toISOString(),
    end: end_at.toISOString(),
    project: project || null,
    ...rest,
  }));
}

/** Turns what is staged and new into entries, with the projects and tags that they need. */
export async function commit(client: pg.PoolClient): Promise<number> {
  await client.query(
    `INSERT INTO projects (name, color)
     SELECT name, color
     FROM (
       SELECT min(project) AS name, row_number() OVER (ORDER BY lower(project)) AS number
       FROM staged s WHERE fresh AND project <> ''
         AND NOT EXISTS (SELECT FROM projects p WHERE lower(p.name) = lower(s.project))
       GROUP BY lower(project)
     ) added
     JOIN ${newColorsSql(`(SELECT count(DISTINCT lower(project))::int FROM staged)`)} colors USING (number)
     ON CONFLICT DO NOTHING`,
  );
  await client.query(
    `INSERT INTO tags (name) SELECT DISTINCT unnest(string_to_array(tags, ','))
     FROM staged WHERE fresh ORDER BY 1 ON CONFLICT DO NOTHING`,
  );
  const { rowCount } = await client.query(
    `INSERT INTO entries (id, start_at, end_at, description, project_id, tags, billable,
                          source_system, source_ref)
     SELECT gen_random_uuid(), s.start_at, s.end_at, s.description, p.id,
            string_to_array(s.tags, ','), s.billable, s.system, s.ref
     FROM staged s LEFT JOIN projects p ON lower(p.name) = lower(s.project)
     WHERE s.fresh ORDER BY s.start_at
     ON CONFLICT (source_system, source_ref) DO NOTHING`,
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
    text(row.tags.join(',')),
    row.billable,
  ].join('\t')}\n`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
