import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { keyOf, ownFolder, stateFolder } from '../folders';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timetracker-parts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key of what is built', () => {
  it('changes with contents, names, execute bits and the text; not with modules or output', async () => {
    await writeFile(join(folder, 'a'), '1');
    const key = await keyOf([folder]);
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules', 'x'), 'x');
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist', 'x'), 'x');
    assert.equal(await keyOf([folder]), key);
    assert.notEqual(await keyOf([folder], 'v2'), key);

    const seen = new Set([key]);
    for (const change of [
      () => writeFile(join(folder, 'a'), '2'),
      () => writeFile(join(folder, 'b'), ''),
      () => chmod(join(folder, 'a'), 0o755),
    ]) {
      await change();
      const next = await keyOf([folder]);
      assert.ok(!seen.has(next));
      seen.add(next);
    }
  });
});

describe('a folder of the account', () => {
  const path = () => join(folder, 'cache');

  it('is made for it alone', async () => {
    ownFolder(path());
    assert.equal((await stat(path())).mode & 0o777, 0o700);
    ownFolder(path());
  });

  it('is refused, if others can write to it', async () => {
    await mkdir(path());
    await chmod(path(), 0o777);
    assert.throws(() => ownFolder(path()), {
      message: /^Other accounts can write to .*chmod go-w /,
    });
  });

  it("is refused, if it is somebody else's", { skip: process.getuid?.() !== 0 }, async () => {
    await mkdir(path());
    await chown(path(), 65534, 65534);
    assert.throws(() => ownFolder(path()), { message: /belongs to another account/ });
  });

  it('holds the state for it alone, whoever made it first', async () => {
    await chmod(stateFolder(), 0o755);
    assert.equal((await stat(stateFolder())).mode & 0o777, 0o700);
  });
});
