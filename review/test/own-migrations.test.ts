// The backend's own migrations: a new one keeps nobody waiting, and takes nothing that the release before reads.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { migrationEffect } from '../migrations';

const folder = join(projectRoot, 'app', 'backend', 'migrations');
/** Applied before the rule was, when tables were small; what was applied can't be changed. */
const before: readonly string[] = [
  '007_login_and_settings.sql',
  '008_clients.sql',
  '010_entries_import.sql',
];

describe('the migrations', () => {
  const all = readdirSync(folder).filter((file) => file.endsWith('.sql'));

  it('hold up nobody, but for those of before', () => {
    const holding = all.flatMap((file) => {
      const { loses, locks } = migrationEffect(readFileSync(join(folder, file), 'utf8'));
      return loses.length + locks.length > 0 ? [[file, [...loses, ...locks]] as const] : [];
    });
    assert.deepEqual(
      holding.filter(([file]) => !before.includes(file)),
      [],
      'An index is built by CREATE INDEX CONCURRENTLY, in a file that begins with -- Outside of a transaction; a ' +
        'column goes, or changes its type, over two releases (app/backend/README.md).',
    );
    assert.deepEqual(
      holding.map(([file]) => file),
      before,
    );
  });

  it('are numbered, each once, without a gap', () =>
    assert.deepEqual(
      all.map((file) => Number(file.slice(0, 3))),
      all.map((_, index) => index + 1),
    ));
});
