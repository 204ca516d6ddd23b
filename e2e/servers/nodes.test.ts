// A Swarm that gets a second node: the stack stays where its images and its data are.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { officialImages } from '../../infra/names';
import { ProdStack } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { Server } from '../../testing/server';
import { docker } from '../../testing/stack';

describe('a second node', () => {
  let server: Server;
  let other: Server;
  let stack: ProdStack;
  before(async () => {
    server = await Server.start('home');
    other = await Server.start('other');
    process.env.DOCKER_HOST = server.engine;
    await server.load(
      Object.entries(officialImages).map(
        ([kind, image]) => process.env[`TEST_${kind.toUpperCase()}_IMAGE`] ?? image,
      ),
    );
    await docker('swarm', 'init', '--advertise-addr', await server.address());
    stack = await ProdStack.prepare('nodes', await server.address());
    await stack.mustUp();
  });
  after(async () => {
    await other?.remove();
    await server?.remove();
    await stack?.forget();
  });

  /** Every task of the stack that is to run: its node, and how it is. */
  const tasks = async () => {
    const format = '{{.Node}} {{.CurrentState}} {{.Error}}';
    const words = ['--filter', 'desired-state=running', '--format', format];
    const services = linesOf(await docker('service', 'ls', '--format', '{{.Name}}'));
    return linesOf(await docker('service', 'ps', ...words, ...services));
  };

  it('gets no task that it has no image for', async () => {
    await other.join(server, await docker('swarm', 'join-token', '--quiet', 'worker'));
    assert.equal(linesOf(await docker('node', 'ls', '--quiet')).length, 2);
    const planned = await stack.pulumi(['preview']);
    succeeded(planned);
    assert.match(
      planned.output,
      /2 nodes that take tasks \(home, other\), and this stack stays on home/,
    );
    await stack.mustUp();
    await stack.plansNothing();
    await stack.unnoticed('a release beside a second node', async () => {
      await stack.changeBackend('beside a second node');
      await stack.mustUp();
    });
    const all = await tasks();
    assert.ok(all.length >= 7, all.join('\n'));
    for (const task of all) assert.match(task, /^home Running/);
  });

  it('is forgotten when it has left', async () => {
    await docker('node', 'rm', '--force', 'other');
    await stack.mustUp();
    await stack.plansNothing();
    for (const task of await tasks()) assert.match(task, /^home Running/);
  });
});
