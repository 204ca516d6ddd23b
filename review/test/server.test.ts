// On a real engine: what was reviewed is what is done, and what is done by hand is found.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, TestStack } from '../../testing/stack';
import type { Drift } from '../drift';
import type { Review } from '../review';
import { Repository } from './changes';

describe('a dev stack that runs', () => {
  let stack: TestStack;
  let repository: Repository;
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-x-r', orchestrator: 'container' });
    writeFileSync(join(stack.folder, '.gitignore'), 'node_modules\n.state/\nout/\n');
    repository = Repository.in(stack.folder);
    await stack.mustUp();
  });
  after(() => stack?.remove());

  const review = async (): Promise<Review> => {
    const { code, output } = await stack.npmRun(
      'review',
      '--live',
      '--base',
      'main',
      '--out',
      'out',
    );
    assert.ok(code === 0 || code === 3, output);
    return JSON.parse(readFileSync(join(stack.folder, 'out/review.json'), 'utf8')) as Review;
  };
  const release = (reviewed: string) => stack.npmRun('release', '--yes', '--reviewed', reviewed);
  const container = (tier: string) => docker('inspect', '-f', '{{.Id}}', stack.resource(tier));

  it('has no drift', async () => {
    const { code, output } = await stack.npmRun('drift');
    assert.match(output, /is as its last release left it\./);
    assert.equal(code, 0, output);
  });

  it('is only changed as it was reviewed', async () => {
    repository.git('checkout', '--quiet', '-b', 'change');
    repository.edit('infra/backend.ts', "LOG_LEVEL: 'info'", "LOG_LEVEL: 'warn'");
    repository.commit('change');
    const { stacks, outcome } = await review();
    assert.equal(outcome, 'danger');
    const [one] = stacks;
    assert.ok(one && one.outcome !== 'failed', JSON.stringify(one));
    assert.equal(one.kind, 'live');
    assert.equal(one.title, 'the backend is away for some seconds');
    assert.deepEqual(one.otherwise, []);
    assert.match(one.state?.version ?? '', /^[0-9a-f]{10}$/);
    assert.match(one.state?.changed ?? '', / UTC, \d+ min ago$/);

    // Another plan, by one more edit: refused, and nothing is done.
    const before = await container('backend');
    repository.edit('infra/backend.ts', "LOG_LEVEL: 'warn'", "LOG_LEVEL: 'error'");
    const refused = await release(one.fingerprint);
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /Nothing was done: this is not what was reviewed\. What differs:/);
    assert.match(refused.output, /^ {2}- the files of the program and of the application$/m);
    assert.match(refused.output, /^\+ {3}envs\.LOG_LEVEL: error$/m);
    assert.equal(await container('backend'), before);

    repository.edit('infra/backend.ts', "LOG_LEVEL: 'error'", "LOG_LEVEL: 'warn'");
    const db = await container('db');
    const done = await release(join('out', 'review.json'));
    // Not its exit code: pruning, which follows, is for stacks that keep releases.
    assert.match(done.output, /This is the plan that was reviewed\.[\s\S]*\+-1 replaced\n/);
    assert.notEqual(await container('backend'), before);
    assert.equal(await container('db'), db);

    // Done: the same review is not of this moment any more.
    const again = await release(one.fingerprint);
    assert.equal(again.code, 1, again.output);
    assert.match(again.output, /somebody released, or changed it, since/);
  });

  it('has what was done by hand as drift, which changes nothing', async () => {
    const prefix = `timetracker-${stack.name}`;
    await docker('rm', '-f', stack.resource('frontend'));
    await docker('volume', 'create', `${prefix}-by-hand`);
    await docker('tag', `${prefix}/backend:dev`, `${prefix}/frontend:dev`);
    await docker('stop', stack.resource('backend'));
    const state = await stack.mustPulumi('stack', 'export');
    const { code, output } = await stack.npmRun('drift', '--json');
    assert.equal(code, 2, output);
    const found = (JSON.parse(output.slice(output.indexOf('['))) as Drift[]).map(
      ({ kind, what }) =>
        `${kind} ${what.map((part) => (typeof part === 'string' ? part : part.foreign)).join('')}`,
    );
    const has = (line: string) =>
      assert.ok(
        found.some((one) => one.startsWith(line)),
        `${line} in\n${found.join('\n')}`,
      );
    has('gone container frontend is gone from the server');
    has('changed container backend is not as it was left: ');
    has(`changed the image ${prefix}/frontend:dev is another than the one that was built`);
    has(`strange volume ${prefix}-by-hand has this stack's name`);
    assert.equal(found.length, 4, found.join('\n'));
    assert.equal(await stack.mustPulumi('stack', 'export'), state);
    await assert.rejects(container('frontend'));
  });

  it('says that it could not look, where there is no engine', async () => {
    await stack.mustPulumi('config', 'set', 'docker:host', 'tcp://127.0.0.1:1');
    const { code, output } = await stack.npmRun('drift');
    await stack.mustPulumi('config', 'rm', 'docker:host');
    assert.equal(code, 1, output);
    assert.doesNotMatch(output, /Unexpected|\n {4}at /);
  });
});
