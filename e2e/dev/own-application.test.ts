// docs/your-own-application.md, word for word, on the engine.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { after, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { changed, stepsOf } from '../../testing/page';
import { docker, TestStack } from '../../testing/stack';

const page = readFileSync(path.join(projectRoot, 'docs', 'your-own-application.md'), 'utf8');

/** Does what a section of the page says in the stack's copy of the project. */
function follow(stack: TestStack, heading: string): void {
  for (const step of stepsOf(page, heading)) {
    if (step.kind === 'command') {
      execFileSync('sh', ['-ec', step.script], { cwd: stack.folder });
      continue;
    }
    const file = path.join(stack.folder, step.path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      step.kind === 'file' ? step.text : changed(readFileSync(file, 'utf8'), step),
    );
  }
  // As strict as the project is; its own tests are of its own tiers.
  const config = {
    extends: './tsconfig.json',
    include: ['infra', 'commands'],
    exclude: ['**/test'],
  };
  writeFileSync(path.join(stack.folder, 'tsconfig.own.json'), JSON.stringify(config));
  const { status, stdout } = spawnSync('npx', ['tsc', '-p', 'tsconfig.own.json'], {
    cwd: stack.folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
}

async function status(stack: TestStack, address: string): Promise<number> {
  return (await fetch(`${stack.url}${address}`)).status;
}

describe("an application of one's own", () => {
  const stacks: TestStack[] = [];
  const image = `timetracker-test-${process.pid}/redis:8`;
  const create = async (name: string) => {
    const stack = await TestStack.create({ name, orchestrator: 'container' });
    stacks.push(stack);
    return stack;
  };
  after(async () => {
    for (const stack of stacks) await stack.remove();
  });

  it('has a cache, which its backend reaches and its frontend does not', async () => {
    // This engine's own, as the page says for hosts without a registry.
    const base = process.env.PLUGINS_TEST_BASE ?? 'offline/debian:13';
    execFileSync('docker', ['build', '--tag', image, '-'], {
      input: `FROM ${base}\nRUN apt-get update && apt-get install --yes --no-install-recommends redis-server\nCMD ["redis-server", "--save", "", "--dir", "/data", "--protected-mode", "no", "--bind", "0.0.0.0"]\n`,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
    const stack = await create('e2e-cache');
    follow(stack, 'A cache: an image as it is');
    await stack.mustPulumi('config', 'set', '--path', 'images.redis', image);
    await stack.mustUp();
    const reach = (tier: string, program: string[]) =>
      docker('exec', stack.resource(tier), ...program).then(
        () => true,
        () => false,
      );
    const connect =
      "require('net').connect(6379, 'cache').on('connect', () => process.exit(0)).on('error', () => process.exit(1))";
    assert.ok(await reach('backend', ['node', '-e', connect]));
    assert.ok(!(await reach('frontend', ['curl', '-s', '--max-time', '2', 'telnet://cache:6379'])));
    assert.equal(await status(stack, '/health'), 200);
    assert.equal((await stack.pulumi(['preview', '--expect-no-changes'])).code, 0);
  });

  it('has a worker of its own, built and checked as the rest', async () => {
    const stack = await create('e2e-worker');
    follow(stack, 'A worker: an image of your own');
    await stack.mustUp();
    const health = await docker(
      ...['inspect', '--format', '{{.State.Health.Status}}', stack.resource('worker')],
    );
    assert.equal(health, 'healthy');
    assert.equal(await status(stack, '/health'), 200);
  });

  it('is an API without a page', async () => {
    const stack = await create('e2e-api');
    follow(stack, 'An API without a page');
    await stack.mustUp();
    assert.equal(await status(stack, '/health'), 200);
    assert.equal(await status(stack, '/api/auth/me'), 401);
    assert.equal(await status(stack, '/'), 404);
  });
});
