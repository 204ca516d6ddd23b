// The engine that the tests use, and what they leave on it: nothing.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Engine } from '../../src/docker/engine.ts';
import { image } from '../../src/docker/image.ts';
import { type Call, Plugin } from '../../src/plugin.ts';

export { Plugin };

/** Any image with a shell. */
const BASE = process.env.PLUGINS_TEST_BASE ?? 'offline/debian:13';
const FIXTURES = join(import.meta.dirname, 'fixtures');

/** These tests are of what happens, not of how long it takes. */
process.env.TIMETRACKER_STAND_IN_WAITS ??= 'off';

export const PREFIX = `plugtest-${process.pid}`;

export const engine: Engine = await connect({});

export const call: Call = {
  urn: 'urn:pulumi:test::test::test:index:Test::test',
  signal: new AbortController().signal,
  progress: () => {},
  mask: (text) => text,
};

/** A copy of the folder that the recorded images were built from; the tests run in it. */
export function enterProject(): { leave: () => void } {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
  cpSync(join(FIXTURES, 'app'), join(folder, 'app'), { recursive: true });
  process.chdir(folder);
  return {
    leave: () => {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Builds the images that play the recorded ones. */
export async function buildTools(): Promise<void> {
  const context = join(FIXTURES, 'tools');
  for (const target of ['tools', 'postgres']) {
    const build = { context, dockerfile: join(context, 'Dockerfile'), target, args: { BASE } };
    await image(engine).create(
      { imageName: `plugtest/${target}:latest`, skipPush: true, build },
      call,
    );
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Removes the images of the tests, and what a failed one may have left. */
export async function sweep(): Promise<void> {
  const { docker } = engine;
  const filters = { name: [PREFIX] };
  const quietly = (work: Promise<unknown>) => work.catch(() => {});
  const info = await docker.info();
  if (info.Swarm.LocalNodeState === 'active') {
    for (const { ID } of await docker.listServices({ filters })) {
      await quietly(docker.getService(ID).remove());
    }
  }
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await quietly(docker.getContainer(Id).remove({ force: true, v: true }));
  }
  for (const { Id } of await docker.listNetworks({ filters })) {
    await quietly(docker.getNetwork(Id).remove());
  }
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes) {
    await quietly(docker.getVolume(Name).remove());
  }
  for (const { RepoTags } of await docker.listImages({ filters: { reference: ['plugtest/*'] } })) {
    for (const tag of RepoTags ?? []) await quietly(docker.getImage(tag).remove());
  }
}

/**
 * Joins a Swarm of one, if the engine is in none; `leave` undoes that, unless others' containers
 * run: an engine that leaves a Swarm forgets the names in its other networks too.
 */
export async function swarm(): Promise<{ leave: () => Promise<void> }> {
  const { docker } = engine;
  const info = await docker.info();
  if (info.Swarm.LocalNodeState === 'active') return { leave: async () => {} };
  await docker.swarmInit({ ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' });
  return {
    leave: async () => {
      const running = await docker.listContainers();
      const others = running.filter(({ Names }) => !Names[0]?.startsWith('/plugtest-'));
      if (others.length === 0) await docker.swarmLeave({ force: true });
    },
  };
}
