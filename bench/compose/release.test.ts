// The same application under the same load, released by docker compose and by this program, in one run.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { describe, it } from 'node:test';
import { devLogin } from '../../infra/credentials';
import { restoreSwarm, swarmState } from '../../testing/clean-up';
import { Load, type LoadReport } from '../../testing/load';
import { ensureSwarm, type Result, TestStack } from '../../testing/stack';
import { Compose } from './compose';

interface Figures {
  /** A second `up` with nothing changed, in seconds. */
  readonly again: number;
  /** A release of a changed backend. */
  readonly release: LoadReport;
  /** A release that crashes at its start, and what comes after its `up` has ended. */
  readonly bad: LoadReport;
}

const server = 'app/backend/src/server.ts';

/** Both ways build and run what `stack` holds a copy of; `up` carries out what that holds. */
async function measure(
  stack: TestStack,
  password: string,
  up: () => Promise<Result>,
): Promise<Figures> {
  const succeeded = ({ code, output }: Result) => assert.equal(code, 0, output);
  const loaded = (act: () => Promise<void>) => Load.during(stack.url, password, act);
  succeeded(await up());
  const started = Date.now();
  succeeded(await up());
  const again = (Date.now() - started) / 1000;
  const release = await loaded(async () => {
    await stack.edit(server, (text) => `${text}\n// a release\n`);
    succeeded(await up());
  });
  const bad = await loaded(async () => {
    await stack.edit(server, (text) => `throw new Error('a bad release');\n${text}`);
    assert.notEqual((await up()).code, 0, 'a bad release has a red exit');
  });
  return { again, release, bad };
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
      const table = tableOf(compose, program);
      console.log(table);
      if (process.env.BENCH_FILE) await fs.appendFile(process.env.BENCH_FILE, `${table}\n`);
      assert.deepEqual(program.release.failures, []);
      assert.deepEqual(program.bad.failures, []);
    } finally {
      restoreSwarm(swarm);
    }
  });
});

function tableOf(compose: Figures, program: Figures): string {
  const load = ({ failures, requests, seconds }: LoadReport) =>
    `${failures.length.toLocaleString('en')} of ${requests.toLocaleString('en')} failed, in ${seconds} s`;
  const row = (what: string, figure: (figures: Figures) => string) =>
    `| ${what} | ${figure(compose)} | ${figure(program)} |`;
  return [
    '| | docker compose | this program, on Swarm |',
    '| --- | --- | --- |',
    row('release of a changed backend', ({ release }) => load(release)),
    row('release that crashes', ({ bad }) => load(bad)),
    row('`up` with nothing changed', ({ again }) => `${again.toFixed(1)} s`),
  ].join('\n');
}
