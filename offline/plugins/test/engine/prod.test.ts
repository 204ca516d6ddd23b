// The recorded flows of the prod stack: Swarm services, their secrets, config and networks.

import { after, before, describe, it } from 'node:test';
import type { Json, JsonObject } from '../recordings.ts';
import { inspected } from '../recordings.ts';
import { buildTools, engine, enterProject, freePort, PREFIX, swarm, sweep } from './engine.ts';
import { Replay } from './replay.ts';

/** A service's specification; the order of lists without order is the engine's. */
function decided(service: JsonObject): Json {
  const inOrder = (value: Json): Json => {
    if (Array.isArray(value)) {
      const items = value.map(inOrder);
      return items.every((item) => typeof item === 'string') ? [...items].sort() : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, name === 'Test' ? item : inOrder(item)]),
    );
  };
  return inOrder(service.Spec ?? null);
}

describe('the recorded prod flows on a real engine', () => {
  let project: ReturnType<typeof enterProject>;
  let member: Awaited<ReturnType<typeof swarm>>;
  let replay: Replay;

  before(async () => {
    member = await swarm();
    await buildTools();
    project = enterProject();
    replay = new Replay(
      new Map([
        ['tt-prod-', `${PREFIX}-prod-`],
        ['timetracker/', 'plugtest/'],
        ['postgres:17-alpine', 'plugtest/postgres:latest'],
      ]),
      new Map([[8088, await freePort()]]),
    );
    await replay.configure();
  });

  after(async () => {
    await replay.cleanUp();
    await sweep();
    await member.leave();
    project.leave();
  });

  for (const flow of ['01-create', '02-noop', '03-update-image', '04-rollback', '05-heal']) {
    it(`prod-${flow}`, () => replay.play(`prod-${flow}`));
  }

  it('leaves the services as the official plugin did', async () => {
    for (const recorded of inspected('prod-services')) {
      const name = String(replay.here((recorded.Spec as JsonObject).Name ?? ''));
      const real: JsonObject = await engine.docker.getService(name).inspect();
      replay.compare(decided(recorded), decided(real), name, []);
    }
  });

  for (const flow of ['06-refresh', '07-rotate', '08-scale']) {
    it(`prod-${flow}`, () => replay.play(`prod-${flow}`));
  }

  it('prod-09-drift-refresh: a service removed by hand', async () => {
    await engine.docker.getService(`${PREFIX}-prod-frontend`).remove();
    await replay.play('prod-09-drift-refresh');
  });

  it('prod-10-preview', () => replay.play('prod-10-preview'));
  it('prod-11-destroy', () => replay.play('prod-11-destroy'));
});
