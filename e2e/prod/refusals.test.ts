// Acts on the prod stack that are refused, declined, interrupted or fail: its config is as it was.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { ctrlC, ctrlD, Running } from '../../testing/terminal';

const question = /Do it\? \[y\/N\] $/;
const planning = /Previewing update/;

describe('an act', () => {
  let stack: ProdStack;
  before(async () => {
    stack = await ProdStack.start('refusals');
  });
  after(() => stack?.remove());

  const config = () => readFileSync(stack.configFile, 'utf8');
  const words = (name: string, ...args: string[]) => ['node', ...stack.npmWords(name, ...args)];
  const onTerminal = (name: string, ...args: string[]) =>
    Running.onTerminal(words(name, ...args), stack.folder, stack.environment);
  /** The config after the act is byte for byte that before it. */
  const changesNothing = async (act: () => Promise<void>) => {
    const before = config();
    await act();
    assert.equal(config(), before);
  };

  it('that can not ask, for want of a terminal, is refused', () =>
    changesNothing(async () => {
      const refused = await stack.npmRun('rotate');
      failed(refused, 'There is no terminal to ask on: add --yes.');
      assert.doesNotMatch(refused.output, planning);
    }));

  for (const [how, answer] of [
    ['answered with no', 'n\r'],
    ['not answered', ctrlD],
  ] as const)
    it(`that is ${how} is declined`, () =>
      changesNothing(async () => {
        const rotation = onTerminal('rotate');
        await rotation.says(question);
        rotation.types(answer);
        failed(await rotation.end(), 'Nothing was changed.');
      }));

  it('that is interrupted at the question does nothing', () =>
    changesNothing(async () => {
      const rotation = onTerminal('rotate');
      await rotation.says(question);
      rotation.types(ctrlC);
      const { code, output } = await rotation.end();
      assert.equal(code, 130, output);
      assert.match(output, /Interrupted/);
    }));

  it('that is interrupted in its plan does nothing', () =>
    changesNothing(async () => {
      const rotation = onTerminal('rotate');
      await rotation.says(planning);
      rotation.types(ctrlC);
      const ended = await rotation.end();
      failed(ended);
      assert.doesNotMatch(ended.output, question);
    }));

  it('that is killed in its plan does nothing', () =>
    changesNothing(async () => {
      const rotation = Running.start(words('rotate', '--yes'), stack.folder, stack.environment);
      await rotation.says(planning);
      rotation.kill();
      failed(await rotation.end());
    }));

  it('whose plan fails does nothing', async () => {
    await stack.configure({ prot: '8080' });
    await changesNothing(async () =>
      failed(await stack.npmRun('rotate', '--yes'), 'prot is not a config key of this program'),
    );
    await stack.mustPulumi('config', 'rm', 'prot');
  });

  it('whose `up` fails leaves the config, and one that is done changes it', async () => {
    const live = await stack.release();
    const pin = `  timetracker:release: ${live}\n`;
    const unpinned = config();
    const rollback = onTerminal('rollback', live);
    await rollback.says(question);
    rollback.types('y\r');
    succeeded(await rollback.end());
    assert.ok(config().includes(pin), config());

    await changesNothing(() =>
      stack.withBadBackend('a bad release', async () =>
        failed(await stack.npmRun('release', '--yes'), /rollback completed/, 'a bad release'),
      ),
    );
    assert.equal(await stack.liveRelease(), live);

    succeeded(await stack.npmRun('release', '--yes'));
    assert.equal(config(), unpinned);
    await stack.plansNothing();
  });
});
