// `npm test [suite ...]`: all set-up, then every suite, then what they left on the engine is removed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  endProcess,
  endSession,
  removeOrphans,
  removeUnnamedImages,
  restoreSwarm,
  swarmState,
  unnamedImages,
} from './aftermath';
import { startedEngine } from './engine';
import { projectRoot, setUp, type Tools } from './index';
import { withLock } from './lock.mjs';
import { installModules } from './modules.mjs';
import { Problem } from './run.mjs';
import { step } from './step.mjs';
import { type Outcome, outcomeOf, type Suite, summary } from './suites';

const packages = ['offline/plugins', 'app/backend', 'app/frontend'];

export async function main(chosen: string[]): Promise<number> {
  const suites = allSuites();
  const unknown = chosen.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const names = suites.map(({ name }) => name).join(', ');
    throw new Problem(`There is no suite ${unknown.join(' or ')}: the suites are ${names}.`);
  }

  // On every way out, a signal included: what follows an exit can't wait for promises.
  let current: number | undefined;
  let unnamed: string[] | undefined;
  const swarm = swarmState();
  const temporary = mkdtempSync(join(tmpdir(), 'timetracker-tests-'));
  process.on('exit', () => {
    if (current !== undefined) endSession(current);
    removeOrphans();
    if (unnamed) removeUnnamedImages(unnamed);
    restoreSwarm(swarm);
    rmSync(temporary, { recursive: true, force: true });
    const engine = startedEngine();
    if (process.env.CI && engine !== undefined) endProcess(engine);
  });

  const tools = await setUp({ tests: true });
  unnamed = unnamedImages();
  await withLock(async () => {
    for (const folder of packages) {
      await step(`modules: ${short(folder)}`, (note, doing) =>
        installModules(join(projectRoot, folder), note, doing),
      );
    }
  });

  const outcomes: Outcome[] = [];
  for (const suite of suites) {
    if (chosen.length > 0 ? !chosen.includes(suite.name) : suite.name === 'bench') continue;
    process.stdout.write(`\n== ${suite.name}: ${suite.command.join(' ').slice(0, 100)}\n`);
    const started = Date.now();
    const { code, output } = await runSuite(suite, environment(tools, temporary), (pid) => {
      current = pid;
    });
    outcomes.push(outcomeOf(suite, code, output, (Date.now() - started) / 1000));
  }
  const { text, failed } = summary(outcomes);
  process.stdout.write(`\n${text}\n`);
  return failed > 0 ? 1 : 0;
}

function allSuites(): Suite[] {
  const e2e = testFiles(projectRoot, 'e2e');
  const isProd = (file: string) => /prod\.test\.ts$/.test(file);
  return [
    check('style', '.', 'npx', 'biome', 'ci', '.'),
    check('types', '.', 'npx', 'tsc', '-p', '.'),
    ...packages.map((folder) => check(`types-${short(folder)}`, folder, 'npm', 'run', 'check')),
    tests('unit', '.', 'infra/test', 'setup/test', 'commands/test'),
    tests('plugins', 'offline/plugins', 'test/conformance'),
    tests('plugins-engine', 'offline/plugins', 'test/engine'),
    tests('backend', 'app/backend', 'test'),
    tests('frontend', 'app/frontend', 'test'),
    tests('e2e-dev', '.', ...e2e.filter((file) => !isProd(file))),
    tests('e2e-prod', '.', ...e2e.filter(isProd)),
    // By name alone: it compares, and needs docker compose.
    tests('bench', '.', 'bench'),
  ];
}

function short(folder: string): string {
  return folder.replace(/.*\//, '');
}

function check(name: string, folder: string, ...command: string[]): Suite {
  return { name, folder, command, isCheck: true };
}

/** One file at a time: they share an engine, two cores and a clock. */
function tests(name: string, folder: string, ...places: string[]): Suite {
  const files = places.flatMap((place) => testFiles(join(projectRoot, folder), place));
  const command = ['npx', 'tsx', '--test', '--test-concurrency=1', ...files];
  return { name, folder, command, isCheck: false };
}

function testFiles(folder: string, place: string): string[] {
  if (!existsSync(join(folder, place))) return [];
  if (place.endsWith('.ts')) return [place];
  return readdirSync(join(folder, place), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(place, file))
    .sort();
}

function environment(tools: Tools, temporary: string): NodeJS.ProcessEnv {
  const images = Object.entries(tools.images ?? {}).map(([name, image]) => [
    `TEST_${name.toUpperCase()}_IMAGE`,
    image,
  ]);
  return {
    ...tools.env,
    ...Object.fromEntries(images),
    PLUGINS_TEST_BASE: tools.images ? 'offline/debian:13' : 'debian:13',
    TMPDIR: temporary,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --test-reporter=spec`.trim(),
  };
}

/** Shows what the suite prints, and returns that too, with its exit code. */
function runSuite(
  suite: Suite,
  env: NodeJS.ProcessEnv,
  runs: (pid: number | undefined) => void,
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
    runs(child.pid);
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        to.write(text);
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    // Not 'close': a process that outlives the suite may hold its output open.
    child.on('exit', (code) => {
      runs(undefined);
      if (child.pid !== undefined) endSession(child.pid);
      setImmediate(() => resolve({ code: code ?? 1, output }));
    });
  });
}
