import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeApi } from './helpers/openapi.js';

interface Operation {
  summary?: string;
  security?: unknown;
  responses: Record<string, { content?: Record<string, unknown> }>;
}

test('openapi.json is what the routes say; else run `npm run openapi`', async () => {
  const committed = readFileSync(join(import.meta.dirname, '..', 'openapi.json'), 'utf8');
  assert.equal(committed, await describeApi());
});

test('every operation has a summary, and its errors are problem documents', async () => {
  const { openapi, paths } = JSON.parse(await describeApi()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  assert.equal(openapi, '3.1.0');
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      assert.ok(operation.summary, name);
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        assert.deepEqual(Object.keys(content ?? {}), ['application/problem+json'], name);
      }
      const open = ['login', 'refresh', 'logout', 'session'].map((name) => `/api/auth/${name}`);
      assert.equal(operation.security !== undefined, !['/health', ...open].includes(path), name);
    }
  }
});
