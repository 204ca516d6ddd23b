// What people do to a prod stack by mistake: none of it costs data, and each plan says what it would have done.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { command, docker } from '../../testing/stack';

describe('an accident with the prod stack', () => {
  let stack: ProdStack;
  before(async () => {
    stack = await ProdStack.start('slip');
    await owner("insert into projects (name, color) values ('there before', '#336699')");
  });
  after(() => stack?.remove());

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  /** What the engine runs and keeps of it, by id. */
  const onEngine = async () => {
    const services = await docker('service', 'ls', '--format', '{{.Name}} {{.ID}}');
    const containers = await docker('ps', '--format', '{{.Names}} {{.ID}}');
    const volumes = await docker('volume', 'ls', '--format', '{{.Name}}');
    return linesOf(`${services}\n${containers}\n${volumes}`)
      .filter((line) => line.startsWith(stack.resource('')))
      .sort();
  };
  /** What runs and what is stored is the same before and after. */
  const touchesNothing = async (act: () => Promise<void>) => {
    const before = await onEngine();
    await act();
    assert.deepEqual(await onEngine(), before);
    assert.equal(await owner("select count(*) from projects where name = 'there before'"), '1');
    assert.equal((await stack.logIn()).status, 200);
  };

  it('a renamed stack is not planned, but how to get it back is said', () =>
    touchesNothing(async () => {
      const renamed = `${stack.name}-x`;
      const run = (name: string, ...words: string[]) =>
        command('pulumi', [...words, '--stack', name], {
          cwd: stack.folder,
          env: stack.environment,
        });
      succeeded(await run(stack.name, 'stack', 'rename', renamed));
      try {
        failed(
          await run(renamed, 'preview'),
          `If it was renamed, nothing is lost: pulumi stack rename ${stack.name} --stack ${renamed}`,
        );
        const up = await run(renamed, 'up', '--yes', '--skip-preview');
        failed(up, `which container ${stack.resource('edge')} holds`);
      } finally {
        succeeded(await run(renamed, 'stack', 'rename', stack.name));
      }
      await stack.plansNothing();
    }));

  it('another clone, whose state is empty, is told whose stack it is', () =>
    touchesNothing(async () => {
      const clone = await stack.clone();
      try {
        await clone.mustPulumi('stack', 'init', clone.name);
        const told = `The engine has stack ${stack.name} already`;
        failed(await clone.pulumi(['preview']), told);
        failed(await clone.pulumi(['up', '--yes']), told);
        // By the engine: its names are taken.
        failed(await clone.up());
      } finally {
        await fs.rm(clone.folder, { recursive: true, force: true });
      }
      await stack.plansNothing();
    }));

  it('another label on a volume is no plan', () =>
    touchesNothing(async () => {
      const label = ", labels: [{ label: 'a', value: 'b' }]";
      await stack.edit('infra/stack.ts', (text) => {
        assert.ok(text.includes('      { name },\n'));
        return text.replace('      { name },\n', `      { name${label} },\n`);
      });
      await stack.plansNothing();
      await stack.edit('infra/stack.ts', (text) => text.replace(label, ''));
    }));

  it('another orchestrator is refused', () =>
    touchesNothing(async () => {
      await stack.configure({ orchestrator: 'container' });
      const remove = `pulumi config rm --stack ${stack.name} adminPassword`;
      failed(await stack.pulumi(['preview']), 'adminPassword is only for swarm stacks', remove);
      await stack.mustPulumi('config', 'rm', 'adminPassword');
      failed(await stack.pulumi(['preview']), 'because it is protected');
      failed(await stack.pulumi(['up', '--yes']), 'because it is protected');
      await stack.configure({ orchestrator: 'swarm' });
      await stack.mustPulumi('config', 'set', '--secret', 'adminPassword', stack.password);
      await stack.plansNothing();
    }));

  it('a change by hand is mended by a release, which does not trust what it left', async () => {
    const release = async () => {
      const { code, output } = await stack.npmRun('release', '--yes');
      assert.equal(code, 0, output);
      return output;
    };
    /** A preview without a refresh has no steps of one. */
    const refreshed = (output: string) => /refreshing/.test(output);
    await release();
    assert.ok(!refreshed(await release()), 'it is as it was left');
    const backend = stack.resource('backend');
    await docker('service', 'update', '--quiet', '--env-add', 'BY_HAND=1', backend);
    assert.ok(refreshed(await release()), 'a service was changed');
    const spec = await docker('service', 'inspect', '--format', '{{json .Spec}}', backend);
    assert.doesNotMatch(spec, /BY_HAND/);
    await docker('service', 'rm', stack.resource('frontend'));
    assert.ok(refreshed(await release()), 'a service was removed');
    assert.equal((await stack.logIn()).status, 200);
    assert.ok(!refreshed(await release()), 'it is as it was left again');
    await stack.plansNothing();
  });

  it('an old state that is brought back after a rotation is told the way on', async () => {
    const file = join(stack.folder, 'old-state.json');
    await stack.mustPulumi('stack', 'export', '--file', file);
    succeeded(await stack.npmRun('rotate', '--yes'));
    await touchesNothing(async () => {
      await stack.mustPulumi('stack', 'import', '--file', file);
      // The server has what this state never knew, and the database another password.
      failed(await stack.up(), 'If an older state was brought back: `database readmit`');
    });
    assert.match(await stack.inTier('db', 'database', 'readmit'), /has its first password again/);
    await stack.mustUp();
    await stack.plansNothing();
    assert.equal(await owner("select count(*) from projects where name = 'there before'"), '1');
    assert.equal((await stack.logIn()).status, 200);
  });
});
