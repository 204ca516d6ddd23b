// The way in: `node setup/bootstrap.mjs <start|test|command> [arguments]`. Plain JavaScript that
// needs nothing but Node: it checks the host, installs the node modules, then runs the rest as
// TypeScript in this same process.
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { installModules } from './modules.mjs';
import { hostFacts, hostProblems } from './preflight.mjs';
import { Problem } from './run.mjs';
import { engineOfStack, stackOf } from './stack-engine.mjs';
import { step } from './step.mjs';

const here = realpathSync(process.argv[1] ?? '.');
const root = dirname(dirname(here));
const [target = 'start', ...args] = process.argv.slice(2);

/** @returns {string | undefined} The file that has the target's main function. */
function targetFile() {
  if (!/^[a-z][a-z-]*$/.test(target)) return undefined;
  return [join(root, 'setup', `${target}.ts`), join(root, 'commands', `${target}.ts`)].find(
    existsSync,
  );
}

async function main() {
  const file = targetFile();
  if (!file) throw new Problem(`There is no command "${target}": see "scripts" in package.json.`);
  process.chdir(root);
  const stack = stackOf(target, args);
  const engine = stack && (await engineOfStack(root, stack));
  // The provider, too, puts the config before the environment.
  if (engine) process.env.DOCKER_HOST = engine;
  await step('host', async (note) => {
    const problems = hostProblems(await hostFacts());
    if (problems.length > 0) throw new Problem(problems.join('\n'));
    note('fits');
  });
  await withLock(() => step('node modules', (note, doing) => installModules(root, note, doing)));

  const require = createRequire(here);
  require('tsx/cjs/api').register();
  /** @type {{ main: (args: string[]) => Promise<number | undefined> }} */
  const command = require(file);
  process.exitCode = (await command.main(args)) ?? 0;
}

/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) {
  process.on(signal, () => {
    // Another listener is waiting for the program that it has told.
    if (process.listenerCount(signal) > 1) return;
    process.stderr.write('\nInterrupted. The same command goes on from here.\n');
    process.exit(130);
  });
}

main().catch((error) => {
  const known = error instanceof Problem || error?.name === 'Problem';
  process.stderr.write(`${known ? '' : 'Unexpected: '}${error?.message ?? error}\n`);
  if (!known && process.env.DEBUG) process.stderr.write(`${error?.stack}\n`);
  process.exit(1);
});
