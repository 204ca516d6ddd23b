import type { Queryable } from './database/database.js';
import { sqlState } from './database/errors.js';
import { Problem } from './problem.js';

/** Those that were found to be one; there are some hundreds. */
const known = new Set<string>();

/** Both Node and PostgreSQL must know the zone. Throws a problem, 422, if one doesn't. */
export async function checkTimeZone(db: Queryable, timezone: string): Promise<void> {
  if (known.has(timezone.toLowerCase())) return;
  const unknown = new Problem(422, `There is no time zone "${timezone}".`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw unknown;
  }
  try {
    await db.query('SELECT now() AT TIME ZONE $1', [timezone]);
  } catch (error) {
    throw sqlState(error) === '22023' ? unknown : error;
  }
  known.add(timezone.toLowerCase());
}
