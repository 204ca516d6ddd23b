// The way in: `node setup/bootstrap.mjs <command> [arguments]`. Plain JavaScript that needs nothing
// but Node: it installs the node modules, then hands over to commands/main.ts, in this process.
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { installModules } from './modules.mjs';

const here = realpathSync(process.argv[1] ?? '.');
const root = dirname(dirname(here));

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

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new Error(`Node 20 or newer is needed; this is ${process.versions.node}.`);
  process.chdir(root);
  if ((await installModules(root)) === 'installed')
    process.stdout.write('node modules        … installed\n');

  // It would keep what it compiles in a folder of /tmp that anyone may have made before us.
  process.env.TSX_DISABLE_CACHE = '1';
  const require = createRequire(here);
  require('tsx/cjs/api').register();
  /** @type {{ main: (args: string[]) => Promise<number> }} */
  const commands = require('../commands/main.ts');
  process.exitCode = await commands.main(process.argv.slice(2));
}

main().catch((error) => {
  process.stderr.write(`${error?.message ?? error}\n`);
  process.exit(1);
});
