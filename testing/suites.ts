// What `npm test` runs, in this order.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';

export interface Suite {
  readonly name: string;
  /** Where it runs, from the project's root. */
  readonly folder: string;
  readonly command: readonly string[];
  /** It has no tests to count: a linter, a compiler. */
  readonly isCheck: boolean;
  /** Only when it is named. */
  readonly byNameOnly?: boolean;
  /** Its files share the engine's Swarm: it is made before the first, and left after the last suite. */
  readonly needsSwarm?: boolean;
}

/** The packages beside the root's, each with its own modules and checks. */
export const packages = ['offline/plugins', 'app/backend', 'app/frontend'];

export function allSuites(): Suite[] {
  return [
    check('style', '.', 'npx', 'biome', 'ci', '.'),
    check('types', '.', 'npx', 'tsc', '-p', '.'),
    ...packages.map((folder) => check(`types-${shortName(folder)}`, folder, 'npm', 'run', 'check')),
    tests('unit', '.', 'host', 'infra', 'setup', 'offline/test', 'commands', 'supply', 'testing'),
    tests('review', '.', 'review'),
    tests('plugins', 'offline/plugins', 'test/conformance'),
    tests('plugins-engine', 'offline/plugins', 'test/engine'),
    tests('edge', '.', 'app/edge/test'),
    tests('backup', '.', 'app/backup/test'),
    tests('offsite', '.', 'app/offsite/test'),
    tests('watch', '.', 'app/watch/test'),
    tests('backend', 'app/backend', 'test'),
    tests('frontend', 'app/frontend', 'test'),
    tests('e2e-dev', '.', 'e2e/dev'),
    { ...sideBySide(tests('e2e-prod', '.', 'e2e/prod')), needsSwarm: true },
    { ...tests('e2e-load', '.', 'e2e/load'), needsSwarm: true },
    // A real forge, which is built first: 5 min of a CPU.
    { ...tests('forge', '.', 'e2e/forge'), byNameOnly: true },
    // It compares with docker compose, and takes its time.
    { ...tests('bench', '.', 'bench/compose'), byNameOnly: true },
    // It measures what the machine can do, alone.
    { ...tests('bench-edge', '.', 'bench/edge'), byNameOnly: true },
    { ...tests('bench-copy', '.', 'bench/copy'), byNameOnly: true },
  ];
}

export function shortName(folder: string): string {
  return folder.replace(/.*\//, '');
}

function check(name: string, folder: string, ...command: string[]): Suite {
  return { name, folder, command, isCheck: true };
}

/** What hangs is cut off, and fails, while there is time for the rest; the longest takes 8 min. */
const fileLimit = `--test-timeout=${15 * 60_000}`;

/** One file at a time: they share an engine, two cores and a clock. */
function tests(name: string, folder: string, ...places: string[]): Suite {
  const files = places.flatMap((place) => testFiles(join(projectRoot, folder), place));
  const command = ['npx', 'tsx', '--test', '--test-concurrency=1', fileLimit, ...files];
  return { name, folder, command, isCheck: false };
}

/** Two files at a time: for those that wait more than they work, and measure nothing. */
function sideBySide(suite: Suite): Suite {
  const command = suite.command.map((word) => word.replace(/(?<=^--test-concurrency=)1$/, '2'));
  return { ...suite, command };
}

function testFiles(folder: string, place: string): string[] {
  if (!existsSync(join(folder, place))) return [];
  return readdirSync(join(folder, place), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(place, file))
    .sort();
}
