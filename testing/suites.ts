// What `npm test` runs, in this order.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from '../host/folders';

export interface Suite {
  readonly name: string;
  /** Where it runs, from the project's root. */
  readonly folder: string;
  readonly command: readonly string[];
  /** How many of its files run side by side. */
  readonly atOnce: number;
  /** It has no tests to count: a linter, a compiler. */
  readonly isCheck: boolean;
  /** Only when it is named. */
  readonly byNameOnly?: boolean;
  /** It leaves a CPU idle, and minds no company: it runs beside others that do so, too. */
  readonly waits?: boolean;
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
    tests(2, 'unit', '.', 'host infra setup offline/test commands supply testing bench/test'),
    tests(2, 'review', '.', 'review'),
    tests(2, 'plugins', 'offline/plugins', 'test/conformance'),
    waiting(tests(2, 'offsite', '.', 'app/offsite/test')),
    waiting(tests(2, 'backup', '.', 'app/backup/test app/db/test app/pool/test')),
    waiting(tests(1, 'plugins-engine', 'offline/plugins', 'test/engine')),
    waiting(tests(2, 'watch', '.', 'app/watch/test')),
    // It measures how long connections last that do nothing: without company.
    tests(2, 'edge', '.', 'app/edge/test'),
    tests(2, 'backend', 'app/backend', 'test'),
    // It measures milliseconds: alone.
    tests(1, 'backend-speed', 'app/backend', 'performance'),
    tests(2, 'frontend', 'app/frontend', 'test'),
    tests(1, 'e2e-report', '.', 'e2e/report'),
    tests(3, 'e2e-dev', '.', longestFirst('e2e/dev', 'dev', 'review', 'branch')),
    swarm(tests(3, 'e2e-prod', '.', longestFirst('e2e/prod', ...longestOfProd))),
    // `npm run e2e:soak` measures: one at a time.
    swarm(
      tests(isSoak() ? 1 : 2, 'e2e-load', '.', longestFirst('e2e/load', 'releases', 'rotation')),
    ),
    // What `npm run bench` measures, tried in small: it fails where something breaks, not where it is slow.
    swarm(tests(1, 'bench', '.', 'bench/compose/dev.test.ts bench/growth/tiers.test.ts')),
    // The data moves: in from compose, to another PostgreSQL and back. 20 minutes, another PostgreSQL, docker compose.
    swarm({ ...tests(2, 'e2e-moves', '.', 'e2e/moves'), byNameOnly: true }),
    // Servers of its own, each with an engine: base images are carried there, and the rest is built there.
    { ...tests(1, 'servers', '.', 'e2e/servers'), byNameOnly: true },
    // A real forge, which is built first: 5 min of a CPU.
    { ...tests(1, 'forge', '.', 'e2e/forge'), byNameOnly: true },
    // MDN's grader and what it needs: 130 MB.
    { ...tests(1, 'grade', '.', 'app/edge/grade'), byNameOnly: true },
    // It compares with docker compose, and takes its time.
    swarm({ ...tests(1, 'bench-compose', '.', 'bench/compose'), byNameOnly: true }),
    swarm({ ...tests(1, 'bench-growth', '.', 'bench/growth'), byNameOnly: true }),
    // It measures what the machine can do, alone.
    { ...tests(1, 'bench-edge', '.', 'bench/edge'), byNameOnly: true },
    { ...tests(1, 'bench-copy', '.', 'bench/copy'), byNameOnly: true },
  ];
}

const longestOfProd = ['external', 'start', 'accidents', 'offsite'];

/** A folder: what takes longest there begins first, so that nothing waits for it alone. */
function longestFirst(folder: string, ...names: string[]): string {
  return [...names.map((name) => `${folder}/${name}.test.ts`), folder].join(' ');
}

export function shortName(folder: string): string {
  return folder.replace(/.*\//, '');
}

function check(name: string, folder: string, ...command: string[]): Suite {
  return { name, folder, command, atOnce: 1, isCheck: true };
}

/** What hangs is cut off, and fails, while there is time for the rest; the longest takes 8 min. */
const minutesEach = '15';

/**
 * @param atOnce how many files run side by side: what waits more than it works leaves the CPUs to others
 * @param places folders and files, from `folder`, in this order
 */
function tests(atOnce: number, name: string, folder: string, places: string): Suite {
  const files = new Set(
    places.split(' ').flatMap((place) => testFiles(join(projectRoot, folder), place)),
  );
  const runner = relative(join(projectRoot, folder), join(projectRoot, 'testing/in-order.ts'));
  const command = ['npx', 'tsx', runner, String(atOnce), minutesEach, ...files];
  return { name, folder, command, atOnce, isCheck: false };
}

function isSoak(): boolean {
  return process.env.SOAK === '1';
}

function swarm(suite: Suite): Suite {
  return { ...suite, needsSwarm: true };
}

function waiting(suite: Suite): Suite {
  return { ...suite, waits: true };
}

/** Suites that run at the same time: those that wait, next to each other, and each of the others alone. */
export function companies(suites: readonly Suite[]): Suite[][] {
  const groups: Suite[][] = [];
  for (const suite of suites) {
    const last = groups.at(-1);
    if (suite.waits && last?.[0]?.waits) last.push(suite);
    else groups.push([suite]);
  }
  return groups;
}

function testFiles(folder: string, place: string): string[] {
  if (!existsSync(join(folder, place))) return [];
  if (place.endsWith('.test.ts')) return [place];
  return readdirSync(join(folder, place), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(place, file))
    .sort();
}
