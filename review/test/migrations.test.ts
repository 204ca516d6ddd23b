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
    it(sql.replace(/\s+/g, ' '), () => assert.deepEqual(migrationEffect(sql), effect));
});
