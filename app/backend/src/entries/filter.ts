import type { Static } from 'typebox';
import { Problem } from '../problem.js';
import type { EntryFilter } from '../schemas/entries.js';
import { instantOf, iso } from './times.js';

export type Filter = Static<typeof EntryFilter>;

/**
 * SQL conditions on `entries e`, and their values, numbered on from those there are. Throws a
 * problem, 422, for a period that ends before it starts. A text is found by its index, or by looking at
 * each entry, where there are few.
 */
export function filterSql(
  filter: Filter,
  values: unknown[],
  by: 'index' | 'look' = 'index',
): string[] {
  const conditions: string[] = [];
  const value = (it: unknown) => `$${values.push(it)}`;

  const [from, to] = [filter.from, filter.to].map((text) =>
    text === undefined ? undefined : iso(instantOf(text)),
  );
  if (from !== undefined && to !== undefined && from > to) {
    throw new Problem(422, '"to" must not be before "from".');
  }
  if (from !== undefined || to !== undefined) {
    const [start, end] = [value(from ?? '-infinity'), value(to ?? 'infinity')];
    // The range finds them by index; closed at both ends, for the sake of entries of no length.
    conditions.push(
      `tstzrange(e.start_at, e.end_at, '[]') && tstzrange(${start}, ${end})`,
      `(e.end_at > ${start} OR e.end_at IS NULL OR e.start_at >= ${start})`,
    );
  }
  if (filter.project !== undefined) conditions.push(`e.project_id = ${value(filter.project)}`);
  if (filter.client !== undefined) {
    conditions.push(
      `e.project_id IN (SELECT id FROM projects WHERE client_id = ${value(filter.client)})`,
    );
  }
  if (filter.tag !== undefined) conditions.push(`e.tags @> ARRAY[${value(filter.tag)}::text]`);
  if (filter.billable !== undefined) conditions.push(`e.billable = ${value(filter.billable)}`);
  if (filter.source !== undefined) conditions.push(`e.source_system = ${value(filter.source)}`);
  if (filter.q !== undefined) {
    const text = value(filter.q);
    if (by === 'index') {
      conditions.push(`search_terms(e.description) @@ search_query(${text}::text)`);
    }
    conditions.push(`position(search_fold(${text}::text) IN search_fold(e.description)) > 0`);
  }
  return conditions;
}

export const whereSql = (conditions: string[]) =>
  conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
