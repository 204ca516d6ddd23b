// How much of its disk each server of the Swarm has left, which the engine in use knows of itself alone: asked by a task on each.
import { setTimeout as pause } from 'node:timers/promises';
import type { Disk } from '../app/watch/src/facts';
import { docker, linesOf } from '../host/docker';
import type { EngineApi } from '../host/engine-api';
import type { Stack } from './stack';
import { oneOff, prepareTrial, whileThere } from './trial';

/** What a server may take to have the image and to answer, in seconds. */
const patience = 90;

/** A container's root is on the disk of the engine's images and volumes. */
const script = `
const { bsize, blocks, bavail } = require('node:fs').statfsSync('/');
console.log(process.env.NODE, bsize * blocks, bsize * bavail);`;

/** By node id; those that don't answer are missing. */
export async function readDisks(
  engine: EngineApi,
  stack: Stack,
  ready: number,
): Promise<ReadonlyMap<string, Disk>> {
  const { image, login } = await prepareTrial(engine, stack);
  const name = `${stack.prefix}-disks`;
  const task = oneOff(image, ['node', '--eval', script]);
  const service = {
    Name: name,
    TaskTemplate: {
      ...task,
      ContainerSpec: { ...task.ContainerSpec, Env: ['NODE={{.Node.ID}}'] },
    },
    Mode: { GlobalJob: {} },
  };
  return whileThere(engine, service, login, async () => {
    for (let second = 0; second < patience; second++) {
      const tasks = await engine.tasks({ service: [name] });
      const ended = tasks.filter(({ Status }) => /^(complete|failed|rejected)$/.test(Status.State));
      if (ended.length >= ready) break;
      await pause(1000);
    }
    return parseDisks(await docker(['service', 'logs', '--raw', name]));
  });
}

/** A line a server: its id, and the disk's size and what is free of it, in bytes. */
export function parseDisks(output: string): ReadonlyMap<string, Disk> {
  return new Map(
    linesOf(output).flatMap((line) => {
      const [, node, size, free] = /^(\S+) (\d+) (\d+)$/.exec(line) ?? [];
      return node === undefined
        ? []
        : [[node, { size: Number(size), free: Number(free) }] as const];
    }),
  );
}
