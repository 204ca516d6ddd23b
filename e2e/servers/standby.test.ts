// A standby of a prod stack's database on another server: it takes over when that is asked for, and when the first is lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '../../host/docker';
import { ProdStack } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import type { Server } from '../../testing/server';
import { haveOwnRegistry, leaveOutEsp, Servers } from '../../testing/servers';
import { docker, retry } from '../../testing/stack';
import { Witness } from '../../testing/witness';

describe('a standby on another server', () => {
  let one: Server;
  let two: Server;
  let three: Server;
  let servers: Servers;
  let stack: ProdStack;
  before(async () => {
    // All of them, since each is to run the registry of the stack's own, or the gate to it.
    servers = await Servers.start({ builders: 3, hasRegistry: false });
    [one, two, three] = servers.all;
    process.env.DOCKER_HOST = one.engine;
    const address = await one.address();
    await docker('swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`);
    stack = await ProdStack.prepare('standby', await two.address(one.name));
    await leaveOutEsp(one, stack);
    await haveOwnRegistry(stack);
    for (const what of ['data', 'edge']) succeeded(await nodes(what, 'one'));
    await stack.mustUp();
    for (const other of [two, three]) succeeded(await nodes('add', other.engine, '--yes'));
    // Any one of them may be lost.
    await docker('node', 'promote', 'two', 'three');
    succeeded(await nodes('edge', 'two'));
    await stack.mustPulumi('config', 'set', 'edgeReplicas', '2');
    await stack.mustUp();
  });
  after(async () => {
    await servers?.remove();
    await stack?.forget();
  });

  /** The engine in use, as a person names another. */
  async function goTo(server: Server): Promise<void> {
    process.env.DOCKER_HOST = server.engine;
    await stack.mustPulumi('config', 'set', 'docker:host', server.engine);
  }
  const nodes = (...words: string[]) => stack.npmRun('nodes', ...words);
  const entries = async () =>
    linesOf(
      await stack.inTier(
        ...['db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc'],
        "select description from entries where description like 'witness %'",
      ),
    );
  /** Writes by the edge on two, whatever becomes of the others. */
  async function witnessed(what: string, act: () => Promise<void>): Promise<void> {
    const { acknowledged, failed, failures, longestPauseMs, lost, doubled } = await Witness.during(
      stack.url,
      stack.password,
      act,
      entries,
    );
    const pauses = (longestPauseMs / 1000).toFixed(1);
    console.log(`${what} | ${acknowledged} | ${failed} attempts | ${pauses} s | ${lost.length}`);
    if (failed > 0) console.log(JSON.stringify(failures));
    assert.deepEqual(lost, []);
    assert.deepEqual(doubled, []);
  }
  const status = async (line: RegExp) => line.test((await stack.npmRun('status')).output);
  const follows = async (line = /^ok +standby +\S+ \S+ behind, commits wait for it$/m) =>
    assert.ok(
      await retry(() => status(line), 120),
      (await stack.npmRun('status')).output + (await log('standby')),
    );
  const log = (tier: string) => docker('service', 'logs', '--tail', '40', stack.resource(tier));
  async function runsOn(tier: string): Promise<string> {
    const words = ['--filter', 'desired-state=running', '--format', '{{.Node}} {{.CurrentState}}'];
    return docker('service', 'ps', ...words, stack.resource(tier));
  }

  it('is asked for its place, then follows, and commits wait for it', async () => {
    await stack.configure({ databaseReplicas: '1', databaseSynchronous: 'true' });
    const refused = await stack.pulumi(['preview']);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /npm run nodes -- --stack \S+ standby (two|three)/);
    succeeded(await nodes('standby', 'two'));
    await witnessed('a standby is added', async () => {
      await stack.mustUp();
    });
    await follows();
    const plan = await stack.pulumi(['preview']);
    assert.match(plan.output, /one has the data: .* goes on on two by npm run failover\./);
    await stack.plansNothing();
    assert.match((await nodes()).output, /^two +manager +ready .* standby, edge/m);
    const refusedHere = await stack.npmRun('failover', '--yes');
    assert.equal(refusedHere.code, 1);
    assert.match(refusedHere.output, /one has no standby: it is on two\. .* docker:host/);
  });

  it('becomes the database while both are well, and no acknowledged write is lost', async () => {
    await goTo(two);
    await witnessed('a failover, both well', async () => {
      const done = await stack.npmRun('failover', '--yes');
      succeeded(done);
      assert.match(done.output, /two has the database\. one follows it/);
    });
    assert.match(await runsOn('db'), /^two Running/);
    await follows();
    assert.match(await runsOn('standby'), /^one Running/);
    await witnessed('a release after it', async () => {
      succeeded(await stack.pulumi(['up', '--yes', '--skip-preview', '--refresh=false']));
    });
    await stack.plansNothing();
    await follows();
  });

  it('goes on where it was interrupted, by the same command', async () => {
    await goTo(one);
    await witnessed('a failover back, killed once', async () => {
      const child = spawn('node', stack.npmWords('failover', '--yes'), {
        ...{ cwd: stack.folder, env: stack.environment, stdio: 'ignore', detached: true },
      });
      const ended = once(child, 'close');
      const replicas = ['service', 'inspect', '--format', '{{.Spec.Mode.Replicated.Replicas}}'];
      while ((await docker(...replicas, stack.resource('db'))) !== '0')
        assert.equal(child.exitCode, null, 'it has ended before it was killed');
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
      succeeded(await stack.npmRun('failover', '--yes'));
    });
    assert.match(await runsOn('db'), /^one Running/);
    await follows();
    await stack.mustUp();
    await stack.plansNothing();
  });

  it("becomes the database when that one's server is lost", async () => {
    await follows();
    await goTo(two);
    await witnessed('the server with the data crashed', async () => {
      await one.halt();
      // As long as a person takes, and Swarm to notice.
      await pause(5000);
      const began = Date.now();
      succeeded(await stack.npmRun('failover', '--yes'));
      console.log(`npm run failover took ${((Date.now() - began) / 1000).toFixed(1)} s of it`);
    });
    assert.match(await runsOn('db'), /^two Running/);
    assert.ok(
      await retry(async () => /^two Running/m.test(await runsOn('registry')), 90),
      await runsOn('registry'),
    );
    // While that server is still lost, and the registry that is here now is as it was here before.
    const preview = await stack.pulumi(['preview', '--refresh=false']);
    for (const key of ['databaseReplicas 0', 'edgeReplicas 1'])
      assert.match(preview.output, new RegExp(`one is away, .*pulumi config set .* ${key}`));
    await stack.mustPulumi('config', 'rm', 'databaseSynchronous');
    await stack.configure({ databaseReplicas: '0', edgeReplicas: '1' });
    await witnessed('a release without it', async () => {
      await stack.changeBackend('without the other server');
      succeeded(await stack.pulumi(['up', '--yes', '--skip-preview', '--refresh=false']));
    });
    await stack.plansNothing();
  });

  it('has another, when that server is back', async () => {
    await one.startAgain();
    await stack.configure({
      ...{ databaseReplicas: '1', databaseSynchronous: 'true', edgeReplicas: '2' },
    });
    await stack.mustUp();
    await follows();
    assert.match(
      await log('standby'),
      /wound back to where the other went on|is followed from here/,
    );
    await stack.plansNothing();
    assert.equal(await stack.health(), 200);
  });
});
