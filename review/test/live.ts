// The plan on paper against the live plan of a stack that really runs the base, for every change:
// the same resources, operations and properties. Longer than the suite has time for:
//   npx tsx --test --test-concurrency=1 review/test/live.ts
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureSwarm, TestStack } from '../../testing/stack';
import { operationLines, sortedResources } from '../fingerprint';
import { cliFolder } from '../make';
import { Desk } from '../paper';
import { readPlan, type StateResource } from '../plan';
import { changes, Repository } from './changes';

const kinds = ['container', 'swarm'] as const;

for (const kind of kinds) {
  describe(`on ${kind}, a plan on paper and the live plan`, () => {
    let stack: TestStack;
    let repository: Repository;
    let desk: Desk;
    let state: StateResource[];
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
      const exported = JSON.parse(await stack.mustPulumi('stack', 'export')) as {
        deployment: { resources: StateResource[] };
      };
      state = exported.deployment.resources;
      desk = await Desk.open(repository.tree(), await cliFolder(), stack.folder);
    });
    after(async () => {
      desk?.close();
      await stack?.remove();
    });

    for (const change of changes.filter(({ on }) => on.includes(kind)))
      it(`say the same: ${change.name}`, async () => {
        const config = `Pulumi.${stack.name}.yaml`;
        // Encrypted for this stack: the one that the change stands for.
        if (change.name === 'admin password')
          await stack.mustPulumi(
            'config',
            'set',
            '--secret',
            'adminPassword',
            'another horse battery',
          );
        else if (change.name === 'orchestrator to Swarm') {
          await stack.mustPulumi(
            'config',
            'set',
            '--secret',
            'adminPassword',
            'correct horse battery',
          );
          change.make(repository, config);
        } else change.make(repository, config);
        const result = await stack.pulumi(['preview', '--json', '--show-sames']);
        const text = result.output;
        const live = readPlan(
          text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1),
          `timetracker-${stack.name}`,
          state,
        );
        const tree = repository.changed(() => {});
        const paper = await desk.plan(stack.name, tree);
        assert.ok('plan' in paper, 'why' in paper ? paper.why : '');
        const [onPaper, onServer] = [paper.plan, live].map((plan) =>
          sortedResources(plan).flatMap(operationLines),
        );
        assert.ok((onServer?.length ?? 0) > 0);
        assert.deepEqual(onPaper, onServer);
        assert.equal(paper.plan.errors.length > 0, live.errors.length > 0);
      });
  });
}
