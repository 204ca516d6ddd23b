// `npm run prod`: all set-up for production on one server, then `pulumi up --stack prod`.
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { docker } from '../host/docker';
import { configFolder, ownFolder } from '../host/folders';
import { Problem } from '../host/problem';
import { hasPassphrase, missingPassphrase, passphraseFile, passphraseIsSet } from '../host/stack';
import { brokenPasswordRule } from '../infra/config';
import { setUp, setUpStack } from '../setup';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { ensureOnlyState } from './only-state';
import { pruneImages } from './prune';
import { Stack } from './stack';
import { askHidden, confirm } from './terminal';

/** Only this server: the Swarm's own ports listen on loopback. */
export const swarmInit = [
  'swarm',
  'init',
  '--advertise-addr=127.0.0.1',
  '--listen-addr=127.0.0.1:2377',
];

export async function main({ stack: name, yes }: Arguments): Promise<number> {
  ensurePassphrase(name.name);
  const tools = await setUp();
  const stack = new Stack(name, await setUpStack(name.name, tools));
  await ensureSwarm(yes);
  await ensureOnlyState(stack);
  await ensureAdminPassword(stack);

  const interactive = process.stdin.isTTY && !yes;
  const code = await stack.show(interactive ? ['up'] : ['up', '--yes']);
  if (code !== 0) return code;
  const { url, release } = await stack.outputs();
  await pruneImages(stack);
  process.stdout.write(`\nTime tracker: ${url}, release ${release}; log in as admin.\n`);
  return 0;
}

/** Makes a passphrase for the stack's state, unless there is one. */
export function ensurePassphrase(stack: string, env: NodeJS.ProcessEnv = process.env): void {
  if (passphraseIsSet(env)) return;
  const file = passphraseFile(stack);
  if (!existsSync(file)) {
    if (hasPassphrase(stack)) throw missingPassphrase(stack);
    ownFolder(configFolder());
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    process.stdout.write(
      `\nA passphrase for the secrets in the state of stack ${stack} is now in\n  ${file}\n` +
        'Keep a copy in a safe place: without it, the state and its secrets are lost.\n\n',
    );
  }
  env.PULUMI_CONFIG_PASSPHRASE_FILE = file;
}

async function ensureSwarm(yes: boolean): Promise<void> {
  const isManager = async () =>
    (await docker(['info', '--format', '{{.Swarm.ControlAvailable}}'])) === 'true';
  if (await isManager()) return;
  const command = `docker ${swarmInit.join(' ')}`;
  if (!yes && !process.stdin.isTTY)
    throw new Problem(`This engine is not a Swarm manager. Make it one with: ${command}`);
  if (!(await confirm(`This engine is not a Swarm manager. Run \`${command}\`?`, yes)))
    throw new Problem(`Production needs a Swarm manager: ${command}`);
  await step('swarm', async (note) => {
    await docker(swarmInit);
    note('this engine is a manager');
  });
}

/** Takes the admin password from the config, else from the terminal without echo, else from standard input. */
async function ensureAdminPassword(stack: Stack): Promise<void> {
  const rule = (password: string) => brokenPasswordRule(password, 'swarm');
  if ((await stack.config('adminPassword')) !== undefined) return;
  let password: string;
  if (process.stdin.isTTY) {
    for (;;) {
      password = await askHidden('Password for the user admin: ');
      const broken = rule(password);
      if (broken) process.stdout.write(`It ${broken}.\n`);
      else if ((await askHidden('The same again: ')) === password) break;
      else process.stdout.write('They differ.\n');
    }
  } else {
    password = (await text(process.stdin)).replace(/\r?\n$/, '');
    const broken = rule(password);
    if (broken)
      throw new Problem(
        `The admin password on standard input ${broken}. Hand it over with: npm run prod < file, ` +
          `or set it with: pulumi config set --stack ${stack.name} --secret adminPassword`,
      );
  }
  await stack.pulumi(['config', 'set', '--secret', 'adminPassword'], password);
}
