import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readArguments, usage } from '../arguments';
import { type Command, findCommand } from '../registry';

function command(name: string): Command {
  const found = findCommand(name);
  assert.ok(found);
  return found;
}

describe('the arguments of a command', () => {
  it('are the stack, --yes, its own flags and words', () => {
    assert.deepEqual(readArguments(command('rollback'), ['a-b', '--stack', 'staging', '--yes']), {
      stack: { name: 'staging', said: 'staging' },
      yes: true,
      words: ['a-b'],
      flags: new Set(),
      options: {},
    });
    const release = readArguments(command('release'), ['--pull', '--reviewed', 'live-1']);
    assert.deepEqual(release.flags, new Set(['pull']));
    assert.deepEqual(release.options, { reviewed: 'live-1' });
  });

  for (const [name, args, stack] of [
    ['start', [], 'dev'],
    ['prod', [], 'prod'],
    ['prod', ['--yes', '--stack', 'shop'], 'shop'],
    ['rollback', ['01234567-89abcdef', '--stack=shop', '--yes'], 'shop'],
    ['releases', ['-s', 'shop'], 'shop'],
    ['releases', ['--stack', 'organization/timetracker/shop'], 'shop'],
  ] as const)
    it(`are about ${stack} for ${[name, ...args].join(' ')}`, () =>
      assert.equal(readArguments(command(name), args).stack.name, stack));

  it("keep Pulumi's full name for the CLI", () =>
    assert.equal(
      readArguments(command('backup'), ['-s', 'me/timetracker/shop']).stack.said,
      'me/timetracker/shop',
    ));

  for (const [args, message] of [
    [['a', 'b'], 'usage: npm run rollback -- <release> [--stack prod] [--yes]'],
    [[], 'usage: npm run rollback -- <release> [--stack prod] [--yes]'],
    [
      ['a', '--force'],
      "Unknown option '--force'.\nusage: npm run rollback -- <release> [--stack prod] [--yes]",
    ],
    [
      ['a', '--stack', 'me/other/prod'],
      '"me/other/prod" is not a stack of this project: name one as in --stack prod, or --stack organization/timetracker/prod.',
    ],
  ] as const)
    it(`are refused with what is right: ${args.join(' ')}`, () =>
      assert.throws(() => readArguments(command('rollback'), args), { name: 'Problem', message }));
});

describe('the usage', () => {
  it('tells what a command takes', () => {
    assert.equal(usage(command('start')), 'npm start -- [--stack dev] [--pull] [--samples]');
    assert.equal(usage(command('test')), 'npm test -- [suite ...]');
    assert.equal(
      usage(command('release')),
      'npm run release -- [--stack prod] [--yes] [--pull] [--reviewed <fingerprint>]',
    );
    assert.equal(usage(command('bench')), 'npm run bench -- [compose|growth|edge|copy|all]');
  });
});
