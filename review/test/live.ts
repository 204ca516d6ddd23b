// The plan on paper against the live plan of a stack that really runs the base, for every change: the same
// resources, operations and properties; and each is carried out, and taken back, as it was planned.
// Longer than the suite has time for:
//   npx tsx --test --test-concurrency=1 review/test/live.ts
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { upAsPlanned } from '../../testing/planned-up';
import { failed, succeeded } from '../../testing/result';
import { command, docker, ensureSwarm, TestStack } from '../../testing/stack';
import { operationLines, sortedResources } from '../fingerprint';
import { cliFolder } from '../make';
import { Desk } from '../paper';
import { type Plan, readPlan, type StateResource } from '../plan';
import { changes, Repository, type TriedChange } from './changes';

const postgres = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
/** Another base image that does the same. */
const otherPostgres = `timetracker-test-${process.pid}/postgres:17.9`;

/** Nothing leads back but `destroy`: a lower generation's passwords are worth nothing. */
const oneWay = ['orchestrator to Swarm', 'secret generation'];

const kinds = ['container', 'swarm'] as const;

for (const kind of kinds) {
  describe(`on ${kind}, a plan on paper and the live plan`, () => {
    let stack: TestStack;
    let repository: Repository;
    let desk: Desk;
    before(async () => {
      if (kind === 'swarm') await ensureSwarm();
      stack = await TestStack.create({
        name: `e2e-x-${kind === 'swarm' ? 's' : 'c'}`,
        orchestrator: kind,
        ...(kind === 'swarm' && { secretConfig: { adminPassword: 'correct horse battery' } }),
      });
      await fs.writeFile(join(stack.folder, '.gitignore'), 'node_modules\n.state/\n');
      repository = Repository.in(stack.folder);
      await stack.mustUp();
      desk = await Desk.open(repository.tree(), await cliFolder(), stack.folder);
    });
    after(async () => {
      desk?.close();
      await stack?.remove();
      await command('docker', ['rmi', otherPostgres]);
    });

    const exported = async () => {
      const { deployment } = JSON.parse(await stack.mustPulumi('stack', 'export')) as {
        deployment: { resources: StateResource[] };
      };
      return deployment.resources;
    };
    const livePlan = async () => {
      const { output } = await stack.pulumi(['preview', '--json', '--show-sames']);
      const json = output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1);
      return readPlan(json, `timetracker-${stack.name}`, await exported());
    };
    const lines = (plan: Plan) => sortedResources(plan).flatMap(operationLines);
    const setPassword = (password: string) =>
      stack.mustPulumi('config', 'set', '--secret', 'adminPassword', password);
    const make = async (change: TriedChange) => {
      // Encrypted for this stack: the one that the change stands for.
      if (change.name === 'admin password') return setPassword('another horse battery');
      if (change.name === 'orchestrator to Swarm') await setPassword('correct horse battery');
      change.make(repository, `Pulumi.${stack.name}.yaml`);
      if (change.name === 'base image') {
        const file = join(stack.folder, '.state', 'Dockerfile');
        await fs.writeFile(file, `FROM ${postgres}\nLABEL another=1\n`);
        await docker('build', '--quiet', '--tag', otherPostgres, '--file', file, __dirname);
        await stack.edit(`Pulumi.${stack.name}.yaml`, (text) =>
          text.replace('postgres: postgres:17.9', `postgres: ${otherPostgres}`),
        );
      }
    };
    const isRefused = async () => {
      const before = await exported();
      failed(await stack.pulumi(['up', '--yes']));
      assert.deepEqual(standing(await exported()), standing(before), 'nothing is touched');
    };
    /** Carries out what the program and config say, which may remove what is protected. */
    const carryOut = async () => {
      if ((await livePlan()).errors.length > 0) {
        await isRefused();
        await stack.mustPulumi('state', 'unprotect', '--all', '--yes');
      }
      const done = await upAsPlanned(stack);
      assert.ok(done.length > 0);
      await stack.plansNothing();
    };

    let isOneWay = false;
    // What one left, if it failed, is nothing to the next.
    afterEach(async () => {
      repository.git('reset', '--quiet', '--hard');
      await stack.pulumi(['state', 'unprotect', '--all', '--yes']);
      if (!isOneWay && (await stack.up()).code === 0) return;
      await stack.pulumi(['destroy', '--yes', '--skip-preview']);
      succeeded(await stack.up());
    });

    for (const change of changes.filter(({ on }) => on.includes(kind)))
      it(`say the same, and are done as planned: ${change.name}`, async () => {
        isOneWay = false;
        await make(change);
        const live = await livePlan();
        const paper = await desk.plan(stack.name, repository.staged());
        assert.ok('plan' in paper, 'why' in paper ? paper.why : '');
        assert.ok(lines(live).length > 0);
        assert.deepEqual(lines(paper.plan), lines(live));
        assert.equal(paper.plan.errors.length > 0, live.errors.length > 0);

        // What holds a Swarm's networks keeps them from going: that way leads over `destroy`.
        if (change.name === 'orchestrator to containers') return isRefused();
        await carryOut();
        repository.git('reset', '--quiet', '--hard');
        isOneWay = oneWay.includes(change.name);
        if (!isOneWay) await carryOut();
      });
  });
}

/** What is there, without what each `up` sets anew. */
function standing(state: readonly StateResource[]): string[] {
  return state.map(({ urn, id }) => `${urn} ${id}`).sort();
}
