// The dev stack, side by side with docker compose: each measure of both in turn, in one run.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../host/folders';
import { succeeded } from '../../testing/result';
import { type Result, TestStack } from '../../testing/stack';
import { Compose } from './compose';

const rounds = Number(process.env.ROUNDS ?? 5);

/** One measure: compose's and this program's seconds, a round each. */
class Measure {
  private readonly seconds: [number[], number[]] = [[], []];

  constructor(readonly what: string) {}

  async round(compose: () => Promise<unknown>, program: () => Promise<unknown>): Promise<void> {
    for (const [index, act] of [compose, program].entries()) {
      const began = performance.now();
      await act();
      this.seconds[index]?.push((performance.now() - began) / 1000);
    }
  }

  /** A row of the table: medians, and their ratio. */
  get row(): string {
    const [compose, program] = this.seconds.map(median) as [number, number];
    const said = (seconds: number) => `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
    return `| ${this.what} | ${said(compose)} | ${said(program)} | ${(program / compose).toFixed(2)} |`;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

describe('docker compose and the dev stack', () => {
  let rival: TestStack;
  let compose: Compose;
  let stack: TestStack;
  let quick: TestStack;
  const measures: Measure[] = [];
  const measure = (what: string) => {
    const one = new Measure(what);
    measures.push(one);
    return one;
  };
  const well = (result: Result) => succeeded(result);

  before(async () => {
    const options = { orchestrator: 'container' } as const;
    rival = await TestStack.create({ name: 'e2e-bench-c', ...options });
    compose = await Compose.of(rival);
    stack = await TestStack.create({ name: 'e2e-bench-d', ...options });
    // Without the official plugins' waits: what is left is this program's own.
    quick = stack.with({ TIMETRACKER_STAND_IN_WAITS: 'off' });
    for (const tier of ['app/backend', 'app/frontend'])
      await fs.symlink(
        path.join(projectRoot, tier, 'node_modules'),
        path.join(stack.folder, tier, 'node_modules'),
      );
    // Both find their images built.
    well(await compose.run('build'));
    well(await stack.up());
  });
  after(async () => {
    await compose?.down();
    await rival?.remove();
    await stack?.remove();
  });

  it('start', async () => {
    const cold = measure('start from nothing, images built');
    for (let round = 0; round < rounds; round++) {
      well(await compose.run('down', '--volumes', '--timeout', '5'));
      well(await stack.pulumi(['destroy', '--yes', '--skip-preview', '--refresh=false']));
      await cold.round(
        async () => well(await compose.up()),
        async () => well(await stack.up()),
      );
    }
  });

  it('have nothing to do', async () => {
    for (const [which, one] of [
      ['', stack],
      [', without the waits', quick],
    ] as const) {
      const nothing = measure(`\`up\` with nothing to do${which}`);
      const preview = measure(`plan with nothing to do (\`up --dry-run\`, \`preview\`)${which}`);
      for (let round = 0; round < rounds; round++) {
        await nothing.round(
          async () => well(await compose.up()),
          async () => well(await one.up()),
        );
        await preview.round(
          async () => well(await compose.up('--dry-run')),
          async () => well(await one.pulumi(['preview'])),
        );
      }
    }
  });

  it('make a saved line live', async () => {
    const saved = measure('a line of the backend, saved, to live (`watch`, `npm run dev`)');
    const page = measure('a line of the page, saved, to live');
    const watching = compose.watch();
    const live = await startLive(stack);
    try {
      for (let round = 0; round < Math.min(rounds, 3); round++) {
        const [before, now] =
          round % 2 === 0 ? ['There is no $', 'Nobody has $'] : ['Nobody has $', 'There is no $'];
        const code = (one: TestStack) =>
          shown(
            one,
            'app/backend/src/plugins/problems.ts',
            [before, now],
            `/api/nothing`,
            now.replace(' $', ' GET'),
          );
        await saved.round(
          () => code(rival),
          () => code(stack),
        );
        const [old, title] = [`<title>${round || ''}`, `<title>${round + 1}`];
        const html = (one: TestStack) =>
          shown(one, 'app/frontend/index.html', [old, title], '/', title);
        await page.round(
          () => html(rival),
          () => html(stack),
        );
      }
    } finally {
      watching.kill('SIGINT');
      live.kill('SIGINT');
      await once(live, 'exit');
    }
  });

  it('are told side by side', async () => {
    const table = [
      '| | docker compose | this program | ratio |',
      '| --- | --- | --- | --- |',
      ...measures.map(({ row }) => row),
    ].join('\n');
    console.log(table);
    if (process.env.BENCH_FILE) await fs.appendFile(process.env.BENCH_FILE, `\n${table}\n`);
    assert.equal(measures.length, 7);
  });
});

async function startLive(stack: TestStack): Promise<ChildProcess> {
  const live = spawn('node', stack.npmWords('dev', '--yes'), {
    ...{ cwd: stack.folder, env: stack.environment, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  await new Promise<void>((resolve, reject) => {
    live.once('exit', () => reject(new Error('npm run dev ended')));
    live.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('End it with ^C')) resolve();
    });
  });
  return live;
}

/** From a change of a file until an answer has it. */
async function shown(
  stack: TestStack,
  file: string,
  [before, after]: readonly [string, string],
  address: string,
  text: string,
): Promise<void> {
  await stack.edit(file, (whole) => {
    assert.ok(whole.includes(before), `${file} has no ${before}`);
    return whole.replace(before, after);
  });
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answer = await fetch(`${stack.url}${address}`).catch(() => undefined);
    if ((await answer?.text().catch(() => ''))?.includes(text)) return;
    assert.ok(Date.now() < deadline, `${text} does not come`);
    await pause(50);
  }
}
