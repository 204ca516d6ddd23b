import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { Queryable } from '../database/database.js';
import { sqlState } from '../database/errors.js';
import { Problem } from '../problem.js';
import type { EntryChange, Entry as EntrySchema } from '../schemas/entries.js';

export type Entry = Static<typeof EntrySchema>;
type Change = Static<typeof EntryChange>;

/** A row of `entries` with its project's name and colour, as the API shows it. */
export interface EntryRow {
  id: string;
  start_at: Date;
  end_at: Date | null;
  description: string;
  project_id: string | null;
  project_name: string | null;
  project_color: string | null;
  tags: string[];
  billable: boolean;
  source_system: string;
  source_ref: string;
  overlaps: boolean;
}

export const COLUMNS = `e.id, e.start_at, e.end_at, e.description, e.project_id,
  p.name AS project_name, p.color AS project_color, e.tags, e.billable,
  e.source_system, e.source_ref`;

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
  return {
    id: row.id,
    start: row.start_at.toISOString(),
    end: row.end_at?.toISOString() ?? null,
    description: row.description,
    project:
      row.project_id === null
        ? null
        : { id: row.project_id, name: row.project_name ?? '', color: row.project_color ?? '' },
    tags: row.tags,
    billable: row.billable,
    source: {
      system: row.source_system,
      ...(row.source_system !== 'manual' && { ref: row.source_ref }),
    },
    overlaps: row.overlaps,
  };
}

/** Those that meet a condition on `entries e`. */
export async function selectEntries(
  db: Queryable,
  condition: string,
  values: unknown[] = [],
): Promise<Entry[]> {
  const { rows } = await db.query<EntryRow>(
    `SELECT ${COLUMNS}, ${OVERLAPS} FROM entries e LEFT JOIN projects p ON p.id = e.project_id
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

export async function getRunning(db: Queryable): Promise<Entry | null> {
  return (await selectEntries(db, 'e.end_at IS NULL'))[0] ?? null;
}

/** Without an end it is running. */
export async function insertEntry(
  db: Queryable,
  entry: Omit<Change, 'end'> & { start: string; end?: string | null },
): Promise<Entry> {
  const id = randomUUID();
  await keepTags(db, entry.tags ?? []);
  await orProblem(
    db.query(
      `INSERT INTO entries (id, source_ref, start_at, end_at, description, project_id, tags, billable)
       VALUES ($1::uuid, $1::uuid::text, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        entry.start,
        entry.end ?? null,
        entry.description ?? '',
        entry.project ?? null,
        entry.tags ?? [],
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

export async function updateEntry(db: Queryable, id: string, change: Change): Promise<Entry> {
  const values: unknown[] = [id];
  const assignments = Object.entries(CHANGEABLE)
    .filter(([field]) => change[field as keyof Change] !== undefined)
    .map(([field, column]) => `${column} = $${values.push(change[field as keyof Change])}`);
  await keepTags(db, change.tags ?? []);
  await orProblem(db.query(`UPDATE entries SET ${assignments.join(', ')} WHERE id = $1`, values));
  return getEntry(db, id);
}

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
