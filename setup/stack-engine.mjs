// The engine that a stack's config names, for what works beside the program: set-up and the commands.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The stack that a command line is about.
 * @param {string} target what bootstrap.mjs runs
 * @param {string[]} args `--stack NAME`, `--stack=NAME` or `-s NAME` among them; else prod
 * @returns {string | undefined} none for the tests, which make their own
 */
export function stackOf(target, args) {
  if (target === 'test') return undefined;
  if (target === 'start') return 'dev';
  // What else the command takes is its own affair.
  const { values } = parseArgs({
    args,
    options: { stack: { type: 'string', short: 's' } },
    strict: false,
  });
  // Its full name is organization/project/stack.
  return typeof values.stack === 'string' ? values.stack.split('/').pop() : 'prod';
}

/**
 * @param {string} folder of Pulumi.<stack>.yaml
 * @param {string} stack
 * @returns {Promise<string | undefined>} the address in `docker:host`, such as ssh://deploy@server
 */
export async function engineOfStack(folder, stack) {
  const config = await readFile(join(folder, `Pulumi.${stack}.yaml`), 'utf8').catch(() => '');
  return /^\s+["']?docker:host["']?:\s*["']?([a-z]+:\/\/[^\s"']+)/m.exec(config)?.[1];
}
