import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { appRole } from '../database/roles.js';

/**
 * The generation whose keys to sign with. While instances of the generation before still serve
 * (their role is connected), theirs, since they don't know the new keys: a client must be able to
 * log in here and call there. So a rotation fails no request, and neither does its rollback.
 */
export async function issuingGeneration(
  db: Database,
  { generation, jwtSecret, sessionSecret }: Config,
): Promise<number> {
  if (!jwtSecret.previous || !sessionSecret.previous) return generation;
  const [row] = await db.read<{ serving: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()
     ) AS serving`,
    [appRole(generation - 1)],
  );
  return row?.serving ? generation - 1 : generation;
}
