// Both sides of a change, in repositories of a test's own.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { changedFiles, fileIn, findSides, stacksIn, writeTree } from '../trees';
import { Repository } from './changes';

const noGitHub = { name: 'Problem' };

describe('both sides of a change', () => {
  let repository: Repository;
  const at = (base: string, head?: string) => findSides({ base, head }, repository.folder);
  before(() => {
    repository = Repository.empty({
      a: 'a\n',
      'Pulumi.dev.yaml': '',
      'Pulumi.pr-1.yaml': '',
      'Pulumi.yaml': '',
    });
    repository.git('checkout', '--quiet', '-b', 'change');
    repository.write('b', 'b\n');
    repository.commit('change');
  });
  after(() => repository.remove());

  it('are a base and what comes after it', async () => {
    const sides = await at('main');
    assert.equal(sides.base.tree, repository.tree('main'));
    assert.equal(sides.head.tree, repository.tree('change'));
    assert.deepEqual(sides.notes, []);
    assert.deepEqual(await changedFiles(sides, repository.folder), [{ status: 'A', path: 'b' }]);
    assert.deepEqual(await stacksIn(sides.head.tree, repository.folder), ['dev', 'pr-1']);
  });

  it('leave out what is not committed, and say so', async () => {
    repository.write('c', '');
    const { notes } = await at('main');
    repository.git('clean', '--quiet', '-fd');
    assert.deepEqual(notes, [
      ['1 file of the working tree is not committed, and not in this review.'],
    ]);
  });

  it('are compared after the merge, where the base went on', async () => {
    repository.git('checkout', '--quiet', '-b', 'on', 'main');
    repository.write('d', 'd\n');
    repository.commit('on');
    const sides = await at('on', 'change');
    assert.deepEqual(await changedFiles(sides, repository.folder), [{ status: 'A', path: 'b' }]);
    assert.equal(await fileIn(sides.head.tree, 'd', repository.folder), 'd\n');
    assert.deepEqual(sides.notes, [
      [
        { foreign: 'change' },
        ' lacks commits of ',
        { foreign: 'on' },
        ': what is compared is ',
        { foreign: 'on' },
        ' before and after the merge.',
      ],
    ]);
  });

  it('can conflict', async () => {
    repository.git('checkout', '--quiet', '-b', 'against', 'main');
    repository.write('b', 'another\n');
    repository.commit('against');
    await assert.rejects(at('against', 'change'), {
      ...noGitHub,
      message:
        '"change" can\'t be merged into "against": both change "b". Merge "against" into it, and mend that.',
    });
  });

  for (const ref of ['nowhere', '--help', '$(id)', 'a..b', ''])
    it(`are named: ${JSON.stringify(ref)} is not`, () =>
      assert.rejects(at(ref), {
        ...noGitHub,
        message: `This clone has no commit ${JSON.stringify(ref)}. Fetch it (\`git fetch origin\`), or name another with --base.`,
      }));

  it('have something in common', async () => {
    repository.git('checkout', '--quiet', '--orphan', 'other');
    repository.commit('other');
    await assert.rejects(at('main', 'other'), {
      ...noGitHub,
      message:
        '"main" and "other" have no commit in common. Name the base that the branch was made from, with --base.',
    });
  });

  it('need more than a shallow clone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-shallow-'));
    try {
      repository.git(
        'clone',
        '--quiet',
        '--depth=1',
        '--branch=change',
        `file://${repository.folder}`,
        folder,
      );
      await assert.rejects(findSides({ base: 'main' }, folder), {
        ...noGitHub,
        message:
          'This clone has no commit "main". It is a shallow one: fetch all of it, with `git fetch --unshallow` (in a workflow, `fetch-depth: 0` at the checkout).',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are in a repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-none-'));
    try {
      await assert.rejects(findSides({}, folder), {
        ...noGitHub,
        message: 'There is no git repository here: a review compares two commits of one.',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the files of a tree', () => {
  it('are all written, whatever its own attributes say, and no hook runs', async () => {
    const repository = Repository.empty({
      '.gitattributes': '* export-ignore\n',
      'infra/index.ts': 'x\n',
    });
    const folder = join(repository.folder, '..', `${process.pid}-written`);
    try {
      repository.write('.git/hooks/post-checkout', '#!/bin/sh\ntouch ran\n');
      await writeTree(repository.tree(), folder, repository.folder);
      assert.equal(readFileSync(join(folder, 'infra/index.ts'), 'utf8'), 'x\n');
      assert.ok(!existsSync(join(repository.folder, 'ran')));
      assert.equal(repository.git('status', '--porcelain'), '');
    } finally {
      rmSync(folder, { recursive: true, force: true });
      rmSync(`${folder}.index`, { force: true });
      repository.remove();
    }
  });
});
