// How `up` and a plan grow with what a stack has: tiers on containers, replicas on Swarm.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { restoreSwarm, swarmState } from '../../testing/clean-up';
import { succeeded } from '../../testing/result';
import { ensureSwarm, TestStack } from '../../testing/stack';
import { isShort, keep, median, rounds, seconds, timed } from '../report/keep';

const program = readFileSync(join(__dirname, 'many-tiers.ts'), 'utf8').replaceAll(
  '../../infra/',
  './',
);

/** A stack with the generated program, gone when `act` ends. */
async function withStack(
  name: string,
  orchestrator: 'container' | 'swarm',
  act: (stack: TestStack) => Promise<void>,
): Promise<void> {
  const secretConfig = { adminPassword: 'correct horse battery staple' };
  const stack = await TestStack.create({
    ...{ name, orchestrator },
    ...(orchestrator === 'swarm' && { secretConfig }),
  });
  try {
    await stack.edit('infra/index.ts', () => program);
    await act(stack);
  } finally {
    await stack.remove();
  }
}

async function upToNothing(stack: TestStack): Promise<void> {
  const { code, output } = await stack.up();
  assert.equal(code, 0, output);
  assert.match(output, /\d+ unchanged/);
  assert.doesNotMatch(output, /created|updated|replaced/);
}

async function repeated(act: () => Promise<unknown>): Promise<number> {
  const measured: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) measured.push(await timed(act));
  return median(measured);
}

describe('a stack that grows', () => {
  it('by tiers, each a container', async () => {
    const sizes = isShort ? [3] : [3, 10, 30, 100];
    const measured: { tiers: number; first: number; nothing: number; plan: number }[] = [];
    for (const tiers of sizes)
      await withStack('bench-tiers', 'container', async (stack) => {
        const sized = stack.with({ TIERS: String(tiers) });
        const first = await timed(async () => succeeded(await sized.up()));
        const nothing = await repeated(() => upToNothing(sized));
        const plan = await repeated(async () => succeeded(await sized.pulumi(['preview'])));
        measured.push({ tiers, first, nothing, plan });
      });
    keep({
      name: 'tiers',
      title: 'Tiers',
      command: 'npm run bench -- growth',
      head: ['tiers', 'first `up`, until all are healthy', '`up` with nothing to do', '`preview`'],
      rows: measured.map(({ tiers, ...times }) => [
        String(tiers),
        ...[times.first, times.nothing, times.plan].map(seconds),
      ]),
      notes: [
        'A generated program over the same components (`bench/growth/many-tiers.ts`): nginx with a health check, none waiting for ' +
          'another. Up to ten tiers, what costs is the start of the CLI, the plugins and the program, and the 2 s that the official ' +
          'plugin waits before it reads a network; all that is read is read at the same time. From there on it is the work itself, ' +
          'by the tier: the start of a container, and its first probe, a second after it.',
      ],
      plot: {
        title: 'Seconds by tiers',
        x: 'tiers',
        y: 'seconds',
        lines: [
          { name: 'first up', points: measured.map(({ tiers, first }) => [tiers, first]) },
          {
            name: 'nothing to do',
            points: measured.map(({ tiers, nothing }) => [tiers, nothing]),
          },
          { name: 'preview', points: measured.map(({ tiers, plan }) => [tiers, plan]) },
        ],
      },
    });
  });

  it('by replicas, of one service', async () => {
    const sizes = isShort ? [1] : [1, 5, 20];
    const measured: { replicas: number; first: number; nothing: number }[] = [];
    const swarm = swarmState();
    await ensureSwarm();
    try {
      for (const replicas of sizes)
        await withStack('bench-replicas', 'swarm', async (stack) => {
          const sized = stack.with({ TIERS: '1', REPLICAS: String(replicas) });
          const first = await timed(async () => succeeded(await sized.up()));
          const nothing = await repeated(() => upToNothing(sized));
          measured.push({ replicas, first, nothing });
        });
    } finally {
      restoreSwarm(swarm);
    }
    keep({
      name: 'replicas',
      title: 'Replicas',
      command: 'npm run bench -- growth',
      head: ['replicas', 'first `up`, until all are healthy', '`up` with nothing to do'],
      rows: measured.map(({ replicas, first, nothing }) => [
        String(replicas),
        seconds(first),
        seconds(nothing),
      ]),
      notes: [
        'One service on a Swarm of one. Its tasks start side by side, as many at once as the cores take. With nothing to do a ' +
          'service is read as one, however many tasks it has.',
      ],
    });
  });
});
