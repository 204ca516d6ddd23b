import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, entriesText, projectText } from '../src/import/formats.ts';

test('counts are words', () => {
  assert.equal(entriesText(1), '1 entry');
  assert.equal(entriesText(1204), '1,204 entries');
  assert.equal(counted(2, 'bad line'), '2 bad lines');
});

test('a project of a client is told from another of its name', () => {
  assert.equal(projectText({ name: 'Website', client: null }), 'Website');
  assert.equal(projectText({ name: 'Website', client: 'AAA' }), 'Website · AAA');
});
