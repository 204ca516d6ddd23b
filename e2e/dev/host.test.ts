// A dev stack on a host where other things are set, too: proxies, docker contexts, other sockets, another clone.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { otherSocket, proxies } from '../../testing/network';
import { refused, succeeded } from '../../testing/result';
import { command, docker, TestStack } from '../../testing/stack';

describe('the dev stack', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-host', orchestrator: 'container' });
    await stack.mustUp();
  });
  after(() => stack?.remove());

  const unchanged = /Resources:\n +\d+ unchanged\n/;
  /** Variables of a shell with a docker context in use that leads to this address. */
  const inContext = async (address: string) => {
    const DOCKER_CONFIG = path.join(stack.folder, 'docker-config');
    await fs.mkdir(DOCKER_CONFIG, { recursive: true });
    const env = { ...stack.environment, DOCKER_CONFIG, DOCKER_HOST: undefined };
    const name = 'elsewhere';
    const create = ['context', 'create', name, '--docker', `host=${address}`];
    succeeded(await command('docker', create, { env }));
    succeeded(await command('docker', ['context', 'use', name], { env }));
    return { DOCKER_CONFIG, DOCKER_HOST: undefined };
  };

  it('is planned and started whatever proxies are set', async () => {
    const shell = stack.with(proxies);
    const started = await shell.npmRun('start');
    succeeded(started);
    assert.match(started.output, unchanged);
    assert.ok(started.output.includes(`Time tracker: ${stack.url}\n`), started.output);
  });

  it('is planned and started through another socket of the engine', async () => {
    await using engine = await otherSocket();
    const shell = stack.with({ DOCKER_HOST: engine.address });
    await shell.plansNothing();
    assert.ok(engine.connections() > 0);
    const started = await shell.npmRun('start');
    succeeded(started);
    assert.match(started.output, unchanged);
  });

  it('is not planned where the docker context in use leads elsewhere, unless DOCKER_HOST says so, too', async () => {
    await using engine = await otherSocket();
    const shell = stack.with(await inContext(engine.address));
    refused(
      await shell.pulumi(['preview']),
      `The docker context in use is at ${engine.address}, where the docker CLI goes`,
      `export DOCKER_HOST=${engine.address}`,
      `pulumi config set --stack ${stack.name} docker:host ${engine.address}`,
    );
    await shell.with({ DOCKER_HOST: engine.address }).plansNothing();
    // The commands let both go to one.
    const started = await shell.npmRun('start');
    succeeded(started);
    assert.match(started.output, unchanged);
  });

  it('is left alone by another clone of the project', async () => {
    const clone = await stack.clone();
    try {
      const running = await docker('ps', '-q', '--filter', `name=${stack.resource('')}`);
      refused(
        await clone.npmRun('start'),
        `The engine has stack ${stack.name} already`,
        'but this state knows nothing of it',
        'It belongs to another clone of this repository',
      );
      assert.equal(await docker('ps', '-q', '--filter', `name=${stack.resource('')}`), running);
      assert.equal(await stack.health(), 200);
    } finally {
      await fs.rm(clone.folder, { recursive: true, force: true });
    }
  });
});
