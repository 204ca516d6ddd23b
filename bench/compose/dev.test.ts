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
import { keep, median, rounds, seconds, timed } from '../report/keep';
import { Compose } from './compose';

/** One measure: compose's and this program's seconds, a round each. */
class Measure {
  private readonly seconds: [number[], number[]] = [[], []];

  constructor(readonly what: string) {}

  async round(compose: () => Promise<unknown>, program: () => Promise<unknown>): Promise<void> {
    for (const [index, act] of [compose, program].entries())
      this.seconds[index]?.push(await timed(act));
  }

  /** A row of the table: medians, and their ratio. */
  get row(): string[] {
    const [compose, program] = this.seconds.map(median) as [number, number];
    return [this.what, seconds(compose), seconds(program), (program / compose).toFixed(2)];
  }
}

describe('docker compose and the dev stack', () => {
  let rival: TestStack;
  let compose: Compose;
  let stack: TestStack;
  let quick: TestStack;
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

  it('start, and have nothing to do', async () => {
    const cold = new Measure('start from nothing, images built');
    for (let round = 0; round < rounds; round++) {
      well(await compose.run('down', '--volumes', '--timeout', '5'));
      well(await stack.pulumi(['destroy', '--yes', '--skip-preview', '--refresh=false']));
      await cold.round(
        async () => well(await compose.up()),
        async () => well(await stack.up()),
      );
    }
    const measures = [cold];
    for (const [which, one] of [
      ['', stack],
      [', without the waits', quick],
    ] as const) {
      const nothing = new Measure(`\`up\` with nothing to do${which}`);
      const preview = new Measure(
        `plan with nothing to do (\`up --dry-run\`, \`preview\`)${which}`,
      );
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
      measures.push(nothing, preview);
    }
    keep({
      name: 'dev',
      title: 'Dev: start, and nothing to do',
      command: 'npm run bench -- compose',
      head: ['', 'docker compose', 'this program', 'ratio'],
      rows: measures.map(({ row }) => row),
      notes: [
        'The waits are those of the official plugin: 2 s before each read of a service, a network or a volume, all at the same time, so that ' +
          'no refresh is done in less. (The CLI reads four things a CPU at once; the commands, and the launcher that set-up ' +
          'installs, have it read 64, by `PULUMI_PARALLEL`: prod on two CPUs would wait twice.) A plan looks at the server each time, which is how a container that was removed by hand ' +
          'comes back; `--refresh=false` does without, and without the waits. What is left is the CLI, the language host and two ' +
          'plugins, each a process that starts; and the SDK and the program, which take less from Node 22 on, since it keeps what ' +
          'it compiled.',
      ],
    });
  });

  it('make a saved line live', async () => {
    const saved = new Measure('a line of the backend');
    const page = new Measure('a line of the page');
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
    keep({
      name: 'live',
      title: 'A line that is saved, until it is live in dev',
      command: 'npm run bench -- compose',
      head: ['', 'docker compose watch', 'npm run dev', 'ratio'],
      rows: [saved.row, page.row],
      notes: [
        'compose builds the image and makes the container anew; `npm run dev` carries the file into the running container.',
      ],
    });
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
  await stack.edit(file, (whole) => whole.replace(before, after));
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answer = await fetch(`${stack.url}${address}`).catch(() => undefined);
    if ((await answer?.text().catch(() => ''))?.includes(text)) return;
    assert.ok(Date.now() < deadline, `${text} does not come`);
    await pause(50);
  }
}
