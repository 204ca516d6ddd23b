// Runs the suites, one after the other or two that wait beside each other, and takes away what they left.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { debianImage, imageNames } from '../offline/images/build';
import type { Tools } from '../setup';
import { startedEngine } from '../setup/engine';
import {
  endProcess,
  endSession,
  removeOrphans,
  removeUnnamedImages,
  restoreSwarm,
  type SwarmState,
  swarmState,
  unmountBelow,
  unnamedImages,
} from './clean-up';
import { type Outcome, outcomeOf } from './outcome';
import { ensureSwarm } from './stack';
import { companies, type Suite } from './suites';

/** What was there before the tests, and what goes with them on every way out, a signal included. */
export class Aftermath {
  /** A folder for all that tests write. */
  readonly temporary = mkdtempSync(join(tmpdir(), 'timetracker-tests-'));
  /** Process ids of the suites that run. */
  readonly running = new Set<number>();
  private engine: { readonly unnamed: string[]; readonly swarm: SwarmState } | undefined;

  constructor() {
    // What follows an exit can't wait for promises.
    process.on('exit', () => this.cleanUp());
  }

  /** To be called when the engine runs: what it has now stays. */
  rememberEngine(): void {
    this.engine = { unnamed: unnamedImages(), swarm: swarmState() };
  }

  private cleanUp(): void {
    const { running, engine, temporary } = this;
    const started = startedEngine();
    // What one can't take away is no reason for the next to stay.
    for (const step of [
      () => running.forEach((suite) => void endSession(suite)),
      () => unmountBelow(temporary),
      () => engine && removeOrphans(),
      () => engine && removeUnnamedImages(engine.unnamed),
      () => engine && restoreSwarm(engine.swarm),
      () => rmSync(temporary, { recursive: true, force: true }),
      () => process.env.CI && started !== undefined && endProcess(started),
    ])
      try {
        step();
      } catch (error) {
        process.stderr.write(`Left behind: ${(error as Error).message}\n`);
      }
  }
}

/** Runs the suites and returns what came of each. */
export async function runSuites(
  suites: readonly Suite[],
  tools: Tools,
  aftermath: Aftermath,
): Promise<Outcome[]> {
  const outcomes = new Map<Suite, Outcome>();
  for (const company of companies(suites)) {
    const left = [...company];
    const next = async () => {
      for (let suite = left.shift(); suite; suite = left.shift()) {
        const isAlone = company.length === 1;
        const title = `\n== ${suite.name}: ${suite.command.join(' ').slice(0, 100)}\n`;
        process.stdout.write(
          isAlone ? title : `${title}beside others: what it prints comes when it has ended\n`,
        );
        if (suite.needsSwarm) await ensureSwarm();
        const started = Date.now();
        const env = environment(suite, tools, aftermath.temporary);
        const { code, output } = await runSuite(suite, env, aftermath.running, isAlone);
        if (!isAlone) process.stdout.write(`${title}${output}`);
        outcomes.set(suite, outcomeOf(suite, code, output, (Date.now() - started) / 1000));
      }
    };
    await Promise.all([next(), next()]);
  }
  return suites.flatMap((suite) => outcomes.get(suite) ?? []);
}

function environment(
  { name, atOnce }: Suite,
  { world, env }: Tools,
  temporary: string,
): NodeJS.ProcessEnv {
  const images = world === 'offline' ? Object.entries(imageNames) : [];
  return {
    ...env,
    ...Object.fromEntries(
      images.map(([kind, image]) => [`TEST_${kind.toUpperCase()}_IMAGE`, image]),
    ),
    // What measures takes the official plugins' time.
    TIMETRACKER_STAND_IN_WAITS: name.startsWith('bench-') ? 'on' : 'off',
    ...(name === 'bench' && { BENCH: 'short' }),
    // Where another stack rolls out on the same CPUs, a request may wait longer than where a claim is measured.
    ...(atOnce > 1 && { SLOWEST_MS: '5000' }),
    // The suite `types` has checked the program, which each stack would do again in its own folder: 4 s of a CPU.
    PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
    PLUGINS_TEST_BASE: world === 'offline' ? debianImage : 'debian:13',
    TMPDIR: temporary,
  };
}

/** Shows what the suite prints, if it is alone, and returns that, with its exit code. */
function runSuite(
  suite: Suite,
  env: NodeJS.ProcessEnv,
  running: Set<number>,
  isAlone: boolean,
): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = suite.command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: join(projectRoot, suite.folder),
      env,
      // A session of its own, so that all of it can be ended.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (isAlone) to.write(text);
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    // Not 'close': a process that outlives the suite may hold its output open.
    child.on('exit', (code) => {
      if (pid !== undefined) {
        running.delete(pid);
        endSession(pid);
      }
      setImmediate(() => resolve({ code: code ?? 1, output }));
    });
  });
}
