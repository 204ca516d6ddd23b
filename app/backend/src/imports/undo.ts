import type { Static } from 'typebox';
import type { Queryable } from '../database/database.js';
import type { Undone } from '../schemas/imports.js';

type Removed = Static<typeof Undone>['removed'];

/**
 * Takes out again what an import made beside its entries, as far as nothing else has come to use it:
 * tags, projects, clients, and the clients of projects that had none.
 */
export async function undoNames(db: Queryable, importId: string): Promise<Removed> {
  const count = async (sql: string) => (await db.query(sql, [importId])).rowCount ?? 0;
  await db.query(
    `UPDATE projects p SET client_id = NULL FROM import_changes i
     WHERE i.import_id = $1 AND i.kind = 'adopted' AND p.id = i.id AND NOT EXISTS (
       SELECT FROM projects o WHERE lower(o.name) = lower(p.name) AND o.client_id IS NULL)`,
    [importId],
  );
  const projects = await count(
    `DELETE FROM projects p USING import_changes i
     WHERE i.import_id = $1 AND i.kind = 'project' AND p.id = i.id
       AND NOT EXISTS (SELECT FROM entries e WHERE e.project_id = p.id)`,
  );
  const clients = await count(
    `DELETE FROM clients c USING import_changes i
     WHERE i.import_id = $1 AND i.kind = 'client' AND c.id = i.id
       AND NOT EXISTS (SELECT FROM projects p WHERE p.client_id = c.id)`,
  );
  const tags = await count(
    `DELETE FROM tags t USING import_changes i
     WHERE i.import_id = $1 AND i.kind = 'tag' AND t.name = i.name
       AND NOT EXISTS (SELECT FROM entries e WHERE e.tags @> ARRAY[t.name])`,
  );
  await db.query('DELETE FROM import_changes WHERE import_id = $1', [importId]);
  return { projects, clients, tags };
}

/** Takes an import out as a whole, in the transaction of the caller. */
export async function undoImport(db: Queryable, importId: string): Promise<Static<typeof Undone>> {
  const { rowCount: entries } = await db.query('DELETE FROM entries WHERE import_id = $1', [
    importId,
  ]);
  const { rowCount: restored } = await db.query(
    `UPDATE entries e SET project_id = i.before, source_ref = i.name FROM import_changes i
     WHERE i.import_id = $1 AND i.kind = 'entry' AND e.id = i.id AND NOT EXISTS (
       SELECT FROM entries o
       WHERE o.id <> e.id AND o.source_system = e.source_system AND o.source_ref = i.name)`,
    [importId],
  );
  const removed = await undoNames(db, importId);
  await db.query("UPDATE import_jobs SET status = 'undone', ended_at = now() WHERE id = $1", [
    importId,
  ]);
  await db.query('DELETE FROM import_files WHERE import_id = $1', [importId]);
  return { entries: entries ?? 0, restored: restored ?? 0, removed };
}
