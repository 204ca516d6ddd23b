import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { generate, target } from '../scripts/openapi.ts';

test('the types are those of the backend’s openapi.json', async () => {
  const same = (await readFile(target, 'utf8')) === (await generate());
  assert.ok(same, 'src/api/openapi.ts is stale: `npm run openapi` in app/frontend writes it anew');
});
