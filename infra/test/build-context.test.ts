import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { contextDigest, contextFiles, writeContext } from '../build-context';

let top: string;
let folder: string;
const write = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
};
const digest = () => contextDigest(contextFiles(folder));

beforeEach(() => {
  top = fs.mkdtempSync(path.join(os.tmpdir(), 'build-context-'));
  folder = path.join(top, 'tier');
  write('Dockerfile', 'FROM scratch');
  write('src/a.ts', 'a');
  write('test/a.test.ts', 'a');
  write('.dockerignore', '*\n!src\n');
});
afterEach(() => fs.rmSync(top, { recursive: true }));

describe('the digest of a build context', () => {
  const changes: [string, boolean, () => void][] = [
    ['the text of a file', true, () => write('src/a.ts', 'b')],
    [
      'the name of a file',
      true,
      () => fs.renameSync(path.join(folder, 'src/a.ts'), path.join(folder, 'src/b.ts')),
    ],
    ['the execute bit', true, () => fs.chmodSync(path.join(folder, 'src/a.ts'), 0o755)],
    ['a new file', true, () => write('src/b.ts', '')],
    ['the Dockerfile, whatever is ignored', true, () => write('Dockerfile', 'FROM busybox')],
    [
      'an ignore file that lets more through',
      true,
      () => write('.dockerignore', '*\n!src\n!test\n'),
    ],
    ['a comment in the ignore file', false, () => write('.dockerignore', '# why\n*\n!src\n')],
    ['an ignored file', false, () => write('test/a.test.ts', 'x')],
    ['an installed package', false, () => write('src/node_modules/p/index.js', 'x')],
    ['what is in .git', false, () => write('.git/HEAD', 'x')],
    [
      'the modes that a umask takes away',
      false,
      () => {
        fs.chmodSync(path.join(folder, 'src/a.ts'), 0o600);
        fs.chmodSync(path.join(folder, 'src'), 0o700);
      },
    ],
    ['times', false, () => fs.utimesSync(path.join(folder, 'src/a.ts'), 1, 1)],
    [
      'the place of the clone',
      false,
      () => {
        fs.renameSync(folder, path.join(top, 'elsewhere'));
        folder = path.join(top, 'elsewhere');
      },
    ],
  ];
  for (const [what, changed, change] of changes)
    it(`${changed ? 'changes' : 'does not change'} with ${what}`, () => {
      const before = digest();
      change();
      assert.equal(digest() !== before, changed);
    });

  it('is of files alone: a link is refused', () => {
    fs.symlinkSync('/etc/passwd', path.join(folder, 'src/link'));
    assert.throws(digest, { message: /src\/link is a link: a build takes files alone/ });
  });
});

describe('a written context', () => {
  const target = () => path.join(top, 'context');
  const put = () => writeContext(contextFiles(folder), target());
  const stat = (file: string) => fs.statSync(path.join(target(), file));

  it('has the files, with modes and times of its own', () => {
    fs.chmodSync(path.join(folder, 'src/a.ts'), 0o700);
    const umask = process.umask(0o077);
    try {
      put();
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(fs.readdirSync(target(), { recursive: true }).sort(), [
      'Dockerfile',
      'src',
      'src/a.ts',
    ]);
    assert.equal(stat('Dockerfile').mode & 0o777, 0o644);
    assert.equal(stat('src/a.ts').mode & 0o777, 0o755);
    assert.equal(stat('src').mode & 0o777, 0o755);
    for (const file of ['Dockerfile', 'src', 'src/a.ts'])
      assert.equal(stat(file).mtime.toISOString(), '2000-01-01T00:00:00.000Z');
  });

  it('is written only where it differs, and loses what is gone', () => {
    put();
    const untouched = stat('Dockerfile').ino;
    write('src/b.ts', 'b');
    fs.rmSync(path.join(folder, 'src/a.ts'));
    put();
    assert.equal(stat('Dockerfile').ino, untouched);
    assert.deepEqual(fs.readdirSync(path.join(target(), 'src')), ['b.ts']);
  });
});
