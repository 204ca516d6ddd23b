import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';

export const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations');

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export function readMigrations(directory = MIGRATIONS): Migration[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name), 'utf8');
      return { name, sql, checksum: KNOWN_AS.exec(sql)?.[1] ?? digest(sql) };
    });
}

/**
 * Of one that is applied in a gentler way than it once was, to the same end: the digest by which databases, and the
 * releases before, know it.
 */
const KNOWN_AS = /^-- Known as ([0-9a-f]{64})$/m;

function digest(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}

/**
 * Those not applied yet, in order. Applied ones that this release does not know are left alone:
 * it may be the release before. One that was edited after it was applied is an error.
 */
export async function pendingMigrations(
  client: pg.Client,
  migrations: Migration[],
): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  return migrations.filter(({ name, checksum }) => {
    const known = applied.get(name);
    if (known !== undefined && known !== checksum) {
      throw new Error(
        `migration ${name} was changed after it was applied: write a new one instead`,
      );
    }
    return known === undefined;
  });
}

/** The first line of a migration that can't be in a transaction: one that holds up no write. */
const OUTSIDE = '-- Outside of a transaction';

/** Statements one by one: sent together, they would be a transaction. */
async function applyOutside(client: pg.Client, sql: string): Promise<void> {
  for (const statement of sql.split(/;\s*$/m)) {
    if (statement.trim() !== '') await client.query(statement);
  }
}

/**
 * Applies what is pending, each in a transaction of its own, or begun again where it broke off if it
 * can't be in one. The caller holds the lock.
 */
export async function migrate(
  client: pg.Client,
  migrations: Migration[],
  log: FastifyBaseLogger,
): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  for (const { name, sql, checksum } of await pendingMigrations(client, migrations)) {
    const outside = sql.startsWith(OUTSIDE);
    try {
      if (outside) await applyOutside(client, sql);
      await client.query('BEGIN');
      // Rather fail than queue every query of the running release behind a waiting ALTER TABLE.
      await client.query("SET LOCAL lock_timeout = '10s'");
      if (!outside) await client.query(sql);
      await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
        name,
        checksum,
      ]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw new Error(
        `migration ${name} failed, ${outside ? 'and is begun again at the next start' : 'nothing of it was kept'}: ${(error as Error).message}`,
      );
    }
    log.info(`migration ${name} applied`);
  }
}
