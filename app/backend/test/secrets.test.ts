import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkKeyLength, loadOptionalSecret, loadSecret } from '../src/secrets.js';

const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
after(() => rmSync(directory, { recursive: true }));

test('the file comes before the environment', () => {
  writeFileSync(join(directory, 'jwt_secret'), 'from the file');
  const environment = { JWT_SECRET: 'from the environment', SESSION_SECRET: 'only there' };
  assert.equal(loadSecret('jwt_secret', { directory, environment }), 'from the file');
  assert.equal(loadSecret('session_secret', { directory, environment }), 'only there');
});

test('one trailing newline is trimmed, and no more', () => {
  writeFileSync(join(directory, 'one'), ' a+b/c= \n');
  writeFileSync(join(directory, 'two'), 'x\n\n');
  assert.equal(loadSecret('one', { directory, environment: {} }), ' a+b/c= ');
  assert.equal(loadSecret('two', { directory, environment: {} }), 'x\n');
});

test('a missing or empty secret is an error that names both places', () => {
  assert.throws(
    () => loadSecret('nothing', { directory, environment: { NOTHING: '' } }),
    new Error(
      `secret nothing is missing: neither the file ${join(directory, 'nothing')} nor the environment variable NOTHING holds a value`,
    ),
  );
  assert.equal(loadOptionalSecret('nothing', { directory, environment: {} }), undefined);
});

test('a secret file that cannot be read is an error, not a missing secret', () => {
  const parent = join(directory, 'jwt_secret');
  assert.throws(() => loadSecret('under', { directory: parent, environment: {} }), /can't be read/);
});

test('a key has at least 32 characters, and the error does not show it', () => {
  assert.equal(checkKeyLength('k', 'x'.repeat(32)), 'x'.repeat(32));
  assert.throws(
    () => checkKeyLength('jwt_secret', 'topsecret'),
    (error: Error) => {
      assert.match(error.message, /jwt_secret is too short for a key: 9 characters, at least 32/);
      assert.doesNotMatch(error.message, /topsecret/);
      return true;
    },
  );
});
