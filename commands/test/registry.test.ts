// package.json, help and the README say of the commands what the registry says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { script } from '../completion';
import { help, helpOf } from '../help';
import { commands, findCommand } from '../registry';

describe('the commands', () => {
  it('are the scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const { check, fix, ...ours } = scripts;
    assert.deepEqual([check, fix], ['biome check .', 'biome check --write .']);
    assert.deepEqual(
      ours,
      Object.fromEntries(
        commands.map(({ name }) => [name, `exec node setup/bootstrap.mjs ${name}`]),
      ),
    );
  });

  it('can each be loaded', () => {
    for (const { name, load } of commands) assert.equal(typeof load().main, 'function', name);
  });

  it('each have a line in the README', () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
    for (const { name } of commands)
      assert.ok(
        readme.includes(`npm ${['start', 'test'].includes(name) ? '' : 'run '}${name}`),
        `the README says nothing of ${name}`,
      );
  });

  it('are listed by group', () => {
    const lines = help().split('\n');
    assert.deepEqual(
      lines.filter((line) => /^\S/.test(line)),
      ['start', 'production', 'day two', 'project'],
    );
    assert.ok(
      lines.includes('  releases     list releases, what each was built on, and which is live'),
    );
  });

  it('tell their flags', () => {
    const release = findCommand('release');
    assert.ok(release);
    assert.equal(
      helpOf(release),
      [
        'npm run release -- [--stack prod] [--yes] [--pull] [--reviewed <fingerprint>]',
        '  release what the working tree holds',
        "  --stack NAME  another stack than prod; Pulumi's full names, too",
        '  --yes         go on without asking',
        '  --pull        take newer base images first',
        '  --reviewed <fingerprint>  only what was reviewed; a review.json, too',
      ].join('\n'),
    );
  });

  it('are completed by bash', () => {
    const complete = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${script()}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _timetracker; echo "\${COMPREPLY[*]}"`,
          'bash',
          ...words,
        ],
        { encoding: 'utf8' },
      ).trim();
    assert.equal(complete('npm', 'run', 'roll'), 'rollback');
    assert.equal(complete('npm', 'run', 'release', '--', '--p'), '--pull');
  });
});
