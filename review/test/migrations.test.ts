import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { migrationEffect } from '../migrations';

const nothing = { loses: [], locks: [] };

describe('what a migration does to people', () => {
  for (const [sql, effect] of [
    [
      'CREATE TABLE a (id int); CREATE INDEX a_id ON a (id); ALTER TABLE a ADD PRIMARY KEY (id);',
      nothing,
    ],
    ['CREATE INDEX CONCURRENTLY entries_x ON entries (x);', nothing],
    ['ALTER TABLE entries ADD COLUMN note text;', nothing],
    ["ALTER TABLE entries ADD COLUMN note text NOT NULL DEFAULT '';", nothing],
    ['ALTER TABLE entries ADD COLUMN at timestamptz DEFAULT now();', nothing],
    ['ALTER TABLE entries ADD CONSTRAINT c CHECK (x > 0) NOT VALID;', nothing],
    ["-- DROP TABLE entries;\n/* TRUNCATE entries; */ SELECT 'DROP TABLE entries; ';", nothing],
    ['CREATE FUNCTION f() RETURNS void AS $$ DELETE FROM entries; $$ LANGUAGE sql;', nothing],
    ['ALTER TABLE entries DROP CONSTRAINT c;', nothing],
    ['ALTER TABLE entries ALTER COLUMN x DROP NOT NULL;', nothing],
    [
      'CREATE UNIQUE INDEX entries_x\n  ON entries (x);',
      { loses: [], locks: ['writes to entries wait while its index is built'] },
    ],
    [
      'ALTER TABLE public."Entries" ALTER COLUMN x TYPE bigint;',
      { loses: [], locks: ['reads and writes of entries wait while it is written anew'] },
    ],
    [
      'alter table entries add column id uuid default gen_random_uuid();',
      { loses: [], locks: ['reads and writes of entries wait while it is written anew'] },
    ],
    [
      'ALTER TABLE entries ADD COLUMN n bigserial;',
      { loses: [], locks: ['reads and writes of entries wait while it is written anew'] },
    ],
    [
      'ALTER TABLE entries ALTER COLUMN x SET NOT NULL;',
      { loses: [], locks: ['reads and writes of entries wait while every row is checked'] },
    ],
    [
      'ALTER TABLE entries ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES a (id);',
      { loses: [], locks: ['reads and writes of entries wait while every row is checked'] },
    ],
    [
      'DROP TABLE IF EXISTS entries;',
      { loses: ['table entries goes, with all its rows'], locks: [] },
    ],
    [
      'TRUNCATE entries;',
      {
        loses: ['table entries is emptied'],
        locks: ['reads and writes of entries wait while it is emptied'],
      },
    ],
    [
      'ALTER TABLE entries DROP COLUMN note;',
      { loses: ['a column of entries goes (DROP COLUMN note)'], locks: [] },
    ],
    ['DELETE FROM entries WHERE x = 1;', { loses: ['rows of entries go'], locks: [] }],
    [
      'UPDATE entries SET x = 1;',
      { loses: [], locks: ['writes to the same rows of entries wait until all are changed'] },
    ],
    [
      'LOCK TABLE entries;',
      { loses: [], locks: ['reads and writes of entries wait while it is made anew'] },
    ],
  ] as const)
    it(sql.replace(/\s+/g, ' '), () =>
      assert.deepEqual(migrationEffect(sql), { unclear: [], ...effect }),
    );

  for (const [sql, loses] of [
    ["SELECT E'\\''; DROP TABLE entries; --'", ['table entries goes, with all its rows']],
    ['/* /* */ x */ DROP TABLE entries;', ['table entries goes, with all its rows']],
    [
      'CREATE TABLE a$b$ (x int); DROP TABLE entries; -- $b$',
      ['table entries goes, with all its rows'],
    ],
    [
      'DROP TABLE a, "B" CASCADE;',
      ['table a goes, with all its rows', 'table b goes, with all its rows'],
    ],
    ['DROP SCHEMA public CASCADE;', ['schema public goes, with all its rows']],
    ['DROP OWNED BY app;', ['all that app owns goes']],
    ['WITH gone AS (DELETE FROM entries RETURNING *) SELECT 1;', ['rows of entries go']],
    ['TRUNCATE a, b;', ['table a is emptied', 'table b is emptied']],
    [
      "DO $x$ BEGIN EXECUTE 'drop' || ' table entries'; END $x$;",
      ['code that it runs has EXECUTE'],
    ],
    [
      'CREATE FUNCTION f() RETURNS void AS $$ DELETE FROM entries; $$ LANGUAGE sql; SELECT f();',
      ['code that it runs has DELETE'],
    ],
  ] as const)
    it(`that hides it: ${sql}`, () => assert.deepEqual(migrationEffect(sql).loses, loses));

  it('says where its text does not tell', () => {
    assert.deepEqual(migrationEffect('DO $$ BEGIN PERFORM f(); END $$;').unclear, [
      'code that it runs (DO, or a function)',
    ]);
    assert.deepEqual(migrationEffect('-- '.repeat(100_000)).unclear, [
      '300000 characters, more than are looked through',
    ]);
  });

  it('is read in no more time than its length takes, however hostile', () => {
    const most = 250_000;
    const long = (text: string) => text.repeat(most / text.length);
    const tags = Array.from({ length: 20_000 }, (_, index) => `$a${index}$`).join(' ');
    for (const text of [
      long('/*'),
      long("'"),
      long("E'"),
      tags,
      `ALTER TABLE x ${long('ADD ')}`,
      `ALTER TABLE x ADD c int DEFAULT ${long('(')}`,
      `ALTER TABLE x ADD c int DEFAULT ${long('random')}`,
      `ALTER TABLE x ADD${long(' ')}`,
      `ALTER TABLE x ADD c int ${long('GENERATED ')}`,
      `DROP TABLE ${long('a,')}`,
      `LOCK${long(' ')}`,
      `REINDEX ( ${long(' ')}`,
    ]) {
      const started = performance.now();
      migrationEffect(text);
      const took = performance.now() - started;
      assert.ok(took < 3000, `${text.slice(0, 40)}: ${Math.round(took)} ms`);
    }
  });
});
