// Two servers whose clocks are a minute apart: what is entered on one is what would be on the other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { ProdStack } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { Server } from '../../testing/server';
import { haveOwnRegistry, leaveOutEsp } from '../../testing/servers';
import { command, docker } from '../../testing/stack';

describe('clocks that are apart', () => {
  let one: Server;
  let two: Server;
  let stack: ProdStack;
  before(async () => {
    one = await Server.start('one');
    two = await Server.start('two', { isAhead: true });
    await two.connect(one);
    for (const server of [one, two]) await server.loadBaseImages();
    process.env.DOCKER_HOST = one.engine;
    const address = await one.address();
    await docker('swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`);
    stack = await ProdStack.prepare('clocks', address);
    await leaveOutEsp(one, stack);
    await haveOwnRegistry(stack);
    for (const what of ['data', 'edge']) succeeded(await stack.npmRun('nodes', what, 'one'));
    await stack.mustUp();
    succeeded(await stack.npmRun('nodes', 'add', two.engine, '--yes'));
  });
  after(async () => {
    await two?.remove();
    await one?.remove();
    await stack?.forget();
  });

  it('are: one server says a minute more', async () => {
    for (const [server, ahead] of [
      [one, 0],
      [two, 60_000],
    ] as const) {
      const there = async (...words: string[]) =>
        (await command('docker', ['--host', server.engine, ...words])).output.trim();
      const [image = ''] = linesOf(await there('image', 'ls', '--quiet'));
      const says = await there('run', '--rm', '--entrypoint', 'date', image, '+%s');
      const apart = Number(says) * 1000 - Date.now();
      assert.ok(Math.abs(apart - ahead) < 10_000, `${server.name}: ${says}`);
    }
  });

  it('lose no request of a release that comes to both', async () => {
    await stack.unnoticed('a release to a server that is a minute ahead', async () => {
      await stack.changeBackend('on two clocks');
      await stack.changeFrontend('on two clocks');
      succeeded(await stack.npmRun('release', '--yes'));
    });
    const words = ['--filter', 'desired-state=running', '--format', '{{.Node}}'];
    const found = linesOf(await docker('service', 'ps', ...words, stack.resource('backend')));
    assert.deepEqual(found.sort(), ['one', 'two']);
  });

  it('enter what one clock would, and log in and out on either', async () => {
    const act = async (what: 'start' | 'stop') => {
      // Signed by whichever answers, and checked by whichever answers next.
      const authorization = `Bearer ${await stack.accessToken()}`;
      const answer = await fetch(`${stack.url}/api/timer/${what}`, {
        method: 'POST',
        headers: { authorization, ...(what === 'start' && { 'content-type': 'application/json' }) },
        ...(what === 'start' && { body: '{}' }),
      });
      assert.equal(answer.status, 200, `${what}: ${answer.status}`);
      return ((await answer.json()) as { entry: { start: string; end: string } }).entry;
    };
    for (let time = 0; time < 10; time++) {
      await act('start');
      const { start, end } = await act('stop');
      for (const instant of [start, end])
        assert.ok(Math.abs(Date.parse(instant) - Date.now()) < 10_000, `${start} to ${end}`);
    }
  });
});
