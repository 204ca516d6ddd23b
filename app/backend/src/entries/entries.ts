import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { Queryable } from '../database/database.js';
import { sqlState } from '../database/errors.js';
import { Problem } from '../problem.js';
import type { EntryChange, Entry as EntrySchema } from '../schemas/entries.js';
import { versionOf } from '../version.js';
import { checkTimes, instantOf, iso } from './times.js';

export type Entry = Static<typeof EntrySchema>;
type Change = Static<typeof EntryChange>;

/** A row of `entries` with its project's and its client's names, as the API shows it. */
export interface EntryRow {
  id: string;
  start_at: Date;
  end_at: Date | null;
  description: string;
  project_id: string | null;
  project_name: string | null;
  project_color: string | null;
  client_id: string | null;
  client_name: string | null;
  tags: string[];
  billable: boolean;
  placed: boolean | null;
  source_system: string;
  source_ref: string;
  overlaps: boolean;
}

export const COLUMNS = `e.id, e.start_at, e.end_at, e.description, e.project_id,
  p.name AS project_name, p.color AS project_color, c.id AS client_id, c.name AS client_name,
  e.tags, e.billable, e.placed, e.source_system, e.source_ref`;

/** What COLUMNS needs beside `entries e`. */
export const JOINS =
  'LEFT JOIN projects p ON p.id = e.project_id LEFT JOIN clients c ON c.id = p.client_id';

/**
 * Whether another entry is on while `e` is; one that ends as the other starts is not. The ranges
 * find it; IS TRUE keeps the planner from going through all that started before instead.
 */
export const OVERLAPS = `EXISTS (
  SELECT FROM entries o
  WHERE o.id <> e.id
    AND tstzrange(o.start_at, o.end_at, '[]') && tstzrange(e.start_at, e.end_at, '[]')
    AND (o.start_at < coalesce(e.end_at, now()) AND coalesce(o.end_at, now()) > e.start_at) IS TRUE
) AS overlaps`;

export function toEntry(row: EntryRow): Entry {
  const start = iso(row.start_at);
  const end = row.end_at && iso(row.end_at);
  const { id, description, project_id, tags, billable } = row;
  return {
    id,
    start,
    end,
    description,
    project:
      project_id === null
        ? null
        : {
            id: project_id,
            name: row.project_name ?? '',
            color: row.project_color ?? '',
            client:
              row.client_id === null ? null : { id: row.client_id, name: row.client_name ?? '' },
          },
    tags,
    billable,
    source: {
      system: row.source_system,
      ...(row.source_system !== 'manual' && { ref: row.source_ref }),
    },
    overlaps: row.overlaps,
    placed: row.placed ?? false,
    version: versionOf([start, end, description, project_id, tags, billable]),
  };
}

/** Those that meet a condition on `entries e`. */
export async function selectEntries(
  db: Queryable,
  condition: string,
  values: unknown[] = [],
): Promise<Entry[]> {
  const { rows } = await db.query<EntryRow>(
    `SELECT ${COLUMNS}, ${OVERLAPS} FROM entries e ${JOINS}
     WHERE ${condition} ORDER BY e.start_at, e.id`,
    values,
  );
  return rows.map(toEntry);
}

/** Throws a problem, 404, where there is none of this id. */
export async function getEntry(db: Queryable, id: string): Promise<Entry> {
  const [entry] = await selectEntries(db, 'e.id = $1', [id]);
  if (!entry) throw new Problem(404, 'There is no such entry.');
  return entry;
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockEntry(db: Queryable, id: string): Promise<Entry> {
  await db.query('SELECT FROM entries WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return getEntry(db, id);
}

export async function getRunning(db: Queryable): Promise<Entry | null> {
  return (await selectEntries(db, 'e.end_at IS NULL'))[0] ?? null;
}

/** This second, by the one clock that all instances share: those of their servers may be apart. */
export async function currentSecond(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ at: Date }>("SELECT date_trunc('second', now()) AS at");
  return iso((rows[0]?.at ?? new Date()).getTime());
}

/** Without an end it is running. */
export async function insertEntry(
  db: Queryable,
  entry: Omit<Change, 'end'> & { start: string; end?: string | null },
): Promise<Entry> {
  const id = randomUUID();
  const start = instantOf(entry.start);
  const end = entry.end ? instantOf(entry.end) : null;
  checkTimes(start, end);
  const tags = tagsOf(entry);
  await keepTags(db, tags);
  await orProblem(
    db.query(
      `INSERT INTO entries (id, source_ref, start_at, end_at, description, project_id, tags, billable)
       VALUES ($1::uuid, $1::uuid::text, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        iso(start),
        end === null ? null : iso(end),
        entry.description?.normalize('NFC') ?? '',
        entry.project ?? null,
        tags,
        entry.billable ?? false,
      ],
    ),
  );
  return getEntry(db, id);
}

const CHANGEABLE = {
  start: 'start_at',
  end: 'end_at',
  description: 'description',
  project: 'project_id',
  tags: 'tags',
  billable: 'billable',
} as const;

/** Changes an entry that is locked and was read as `before`. */
export async function updateEntry(db: Queryable, before: Entry, given: Change): Promise<Entry> {
  const change = {
    ...given,
    ...(given.description !== undefined && { description: given.description.normalize('NFC') }),
    ...(given.tags !== undefined && { tags: tagsOf(given) }),
  };
  const moved = (['start', 'end'] as const).filter(
    (field) => change[field] !== undefined && change[field] !== before[field],
  );
  if (moved.length > 0) {
    const start = instantOf(change.start ?? before.start);
    const end = change.end ?? before.end;
    checkTimes(start, end === null ? null : instantOf(end));
  }
  for (const field of moved) change[field] = iso(instantOf(change[field] ?? ''));
  const values: unknown[] = [before.id];
  const assignments = Object.entries(CHANGEABLE)
    .filter(([field]) => change[field as keyof Change] !== undefined)
    .map(([field, column]) => `${column} = $${values.push(change[field as keyof Change])}`);
  if (moved.length > 0) assignments.push('placed = NULL');
  await keepTags(db, change.tags ?? []);
  await orProblem(db.query(`UPDATE entries SET ${assignments.join(', ')} WHERE id = $1`, values));
  return getEntry(db, before.id);
}

const tagsOf = ({ tags = [] }: Pick<Change, 'tags'>) => [
  ...new Set(tags.map((tag) => tag.normalize('NFC'))),
];

export async function keepTags(db: Queryable, tags: string[]): Promise<void> {
  if (tags.length === 0) return;
  await db.query(
    'INSERT INTO tags (name) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING',
    [tags],
  );
}

/** What the table's constraints refuse is the caller's to mend. */
async function orProblem<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (sqlState(error) === '23503') throw new Problem(422, 'There is no such project.');
    if (sqlState(error) === '23514') throw new Problem(422, 'It must not end before it starts.');
    if (sqlState(error) === '23505') throw new Problem(409, 'A timer is running already.');
    throw error;
  }
}
