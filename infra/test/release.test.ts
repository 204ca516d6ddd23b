import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { contentTag } from '../release';

describe('contentTag', () => {
  let folder: string;
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'content-tag-'));
    write('Dockerfile', 'FROM scratch');
    write('src/a.ts', 'a');
    write('.dockerignore', 'test\n');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('is eight hex digits, the same each time', () => {
    const tag = contentTag(folder, { A: '1' });
    assert.match(tag, /^[0-9a-f]{8}$/);
    assert.equal(contentTag(folder, { A: '1' }), tag);
  });

  const changes: [string, boolean, () => void][] = [
    ['the text of a file', true, () => write('src/a.ts', 'b')],
    [
      'the name of a file',
      true,
      () => fs.renameSync(path.join(folder, 'src/a.ts'), path.join(folder, 'src/b.ts')),
    ],
    ['a mode', true, () => fs.chmodSync(path.join(folder, 'src/a.ts'), 0o755)],
    ['a new file', true, () => write('src/b.ts', '')],
    ['an ignored file', false, () => write('test/a.test.ts', 'x')],
    ['an installed package', false, () => write('node_modules/p/index.js', 'x')],
  ];
  for (const [what, changed, change] of changes)
    it(`${changed ? 'changes' : 'does not change'} with ${what}`, () => {
      const before = contentTag(folder, {});
      change();
      assert.equal(contentTag(folder, {}) !== before, changed);
    });

  it('changes with a build argument', () =>
    assert.notEqual(contentTag(folder, { A: '1' }), contentTag(folder, { A: '2' })));
});
