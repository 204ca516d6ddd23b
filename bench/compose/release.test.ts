// The same application under the same load, released by docker compose and by this program, in one run.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { devLogin } from '../../infra/credentials';
import { restoreSwarm, swarmState } from '../../testing/clean-up';
import { Load, type LoadReport } from '../../testing/load';
import { succeeded } from '../../testing/result';
import { ensureSwarm, type Result, TestStack } from '../../testing/stack';
import { keep, median, rounds, seconds, timed } from '../report/keep';
import { Compose } from './compose';

interface Release {
  /** From the command to its end. */
  readonly seconds: number;
  readonly load: LoadReport;
}

interface Figures {
  /** An `up` with nothing changed, in seconds. */
  readonly again: number;
  /** Releases of a changed backend. */
  readonly releases: readonly Release[];
  /** A release that crashes at its start, and what comes after its `up` has ended. */
  readonly bad: Release;
}

const server = 'app/backend/src/server.ts';

/** Both ways build and run what `stack` holds a copy of; `up` carries out what that holds. */
async function measure(
  stack: TestStack,
  password: string,
  up: () => Promise<Result>,
): Promise<Figures> {
  const well = async () => succeeded(await up());
  const release = async (act: () => Promise<void>): Promise<Release> => {
    let took = 0;
    const load = await Load.during(stack.url, password, async () => {
      took = await timed(act);
    });
    return { seconds: took, load };
  };
  await well();
  const again: number[] = [];
  for (let round = 0; round < rounds; round++) again.push(await timed(well));
  const releases: Release[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    await stack.edit(server, (text) => `${text}\n// release ${round}\n`);
    releases.push(await release(well));
  }
  await stack.edit(server, (text) => `throw new Error('a bad release');\n${text}`);
  const bad = await release(async () => {
    assert.notEqual((await up()).code, 0, 'a bad release has a red exit');
  });
  return { again: median(again), releases, bad };
}

async function withCompose(stack: TestStack): Promise<Figures> {
  const compose = await Compose.of(stack);
  try {
    return await measure(stack, devLogin.password, () => compose.up('--build'));
  } finally {
    await compose.down();
  }
}

describe('docker compose and this program', () => {
  it('release the same application under the same load', async () => {
    const swarm = swarmState();
    await ensureSwarm();
    const password = 'correct horse battery staple';
    const options = { orchestrator: 'swarm', secretConfig: { adminPassword: password } } as const;
    try {
      const rival = await TestStack.create({ name: 'e2e-bench-a', ...options });
      const compose = await withCompose(rival).finally(() => rival.remove());
      const stack = await TestStack.create({ name: 'e2e-bench-b', ...options });
      const program = await measure(stack, password, () => stack.up()).finally(() =>
        stack.remove(),
      );
      keep({
        name: 'release',
        title: 'Releases under load',
        command: 'npm run bench -- compose',
        head: ['', 'docker compose', 'this program, on Swarm', 'ratio'],
        rows: rowsOf(compose, program),
        notes: [
          'Seconds are those of the whole command, the build and the last old task included. After the release that crashes, ' +
            'compose serves nothing until it is mended; here the release before goes on.',
        ],
      });
      for (const { load } of [...program.releases, program.bad])
        assert.deepEqual(load.failures, []);
    } finally {
      restoreSwarm(swarm);
    }
  });
});

function rowsOf(compose: Figures, program: Figures): string[][] {
  const row = (what: string, figure: (figures: Figures) => number) => {
    const [one, other] = [figure(compose), figure(program)];
    return [what, seconds(one), seconds(other), (other / one).toFixed(2)];
  };
  const failures = (what: string, of: (figures: Figures) => readonly Release[]) => {
    const figure = (figures: Figures) => {
      const loads = of(figures).map(({ load }) => load);
      const sum = (count: (load: LoadReport) => number) =>
        loads.reduce((all, load) => all + count(load), 0).toLocaleString('en');
      return `${sum(({ failures }) => failures.length)} of ${sum(({ requests }) => requests)}`;
    };
    return [what, figure(compose), figure(program), ''];
  };
  return [
    row('release of a changed backend', ({ releases }) =>
      median(releases.map((release) => release.seconds)),
    ),
    failures('requests that failed meanwhile', ({ releases }) => releases),
    row('release that crashes, to the red exit', ({ bad }) => bad.seconds),
    failures('requests that failed meanwhile', ({ bad }) => [bad]),
    row('`up` with nothing to do', ({ again }) => again),
  ];
}
