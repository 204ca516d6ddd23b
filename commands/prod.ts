// `npm run prod`: all set-up for production on one server, then `pulumi up --stack prod`.
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseCopyFacts } from '../app/watch/src/copy';
import { docker } from '../host/docker';
import { configFolder, ownFolder } from '../host/folders';
import { Problem } from '../host/problem';
import { hasPassphrase, missingPassphrase, passphraseFile, passphraseIsSet } from '../host/stack';
import { brokenPasswordRule } from '../infra/config';
import { setUp, setUpStack } from '../setup';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { keepAsLeft } from './as-left';
import { printKeys } from './keys';
import { askOffsite, fetchCopy, fetchedText } from './offsite';
import { ensureOnlyState } from './only-state';
import { pruneImages } from './prune';
import { replaceData, safetyText } from './restore';
import { Stack } from './stack';
import { askHidden, confirm } from './terminal';

/** Only this server: the Swarm's own ports listen on loopback. */
export const swarmInit = [
  'swarm',
  'init',
  '--advertise-addr=127.0.0.1',
  '--listen-addr=127.0.0.1:2377',
];

export async function main({ stack: name, yes, flags }: Arguments): Promise<number> {
  ensurePassphrase(name.name);
  const tools = await setUp();
  const stack = new Stack(name, await setUpStack(name.name, tools));
  await ensureSwarm(yes);
  await ensureOnlyState(stack);
  if (flags.has('recover')) await ensureTarget(stack);
  await ensureAdminPassword(stack);

  const interactive = process.stdin.isTTY && !yes;
  const code = await stack.show(interactive ? ['up'] : ['up', '--yes']);
  if (code !== 0) return code;
  const { url, release } = await stack.outputs();
  await pruneImages(stack);
  await keepAsLeft(stack.name);
  if (flags.has('recover') && !(await recover(stack, yes))) return 1;
  process.stdout.write(`\nTime tracker: ${url}, release ${release}; log in as admin.\n`);
  if ((await stack.config('backupTarget')) !== undefined) await showKeys(stack);
  return 0;
}

/** What a person must keep: once as it is, on a terminal, and not in a log; then where to find it. */
async function showKeys(stack: Stack): Promise<void> {
  const told = await askOffsite(stack, 'facts').catch(() => '');
  const isPrinted = parseCopyFacts(told)?.kept !== undefined;
  if (process.stdout.isTTY && !isPrinted) {
    process.stdout.write('\n');
    await printKeys(stack);
  } else
    process.stdout.write(
      'With what `npm run keys` prints, everything comes back on another server: keep it elsewhere.\n',
    );
}

/** @throws Problem with what is to be set, if config doesn't say where the copy is */
async function ensureTarget(stack: Stack): Promise<void> {
  for (const key of ['backupTarget', 'backupKey'])
    if ((await stack.config(key)) === undefined)
      throw new Problem(
        `To recover, the config must say where the copy is and what opens it, and ${key} is missing: set what ` +
          `npm run keys printed, as docs/backups.md has it, such as with: pulumi config set --stack ${stack.name} ` +
          `${key === 'backupKey' ? '--secret ' : ''}${key}`,
      );
}

/** How long the copy's tier may take to see whose copy it is, in seconds. */
const looks = 120;

/** Takes the data from the target into the new database, which the copy then goes on with. */
async function recover(stack: Stack, yes: boolean): Promise<boolean> {
  for (let second = 0; ; second++) {
    const facts = parseCopyFacts(await askOffsite(stack, 'facts'));
    if (facts?.isForeign) break;
    if (facts?.base && (await askOffsite(stack, 'list')) !== '') {
      process.stdout.write(
        'The copy at the target is of the database that is here: nothing is to be recovered. ' +
          'An earlier moment of it: npm run restore -- --to <moment>\n',
      );
      return true;
    }
    if (second >= looks)
      throw new Problem(
        `The copy was not looked at within ${looks} s: docker service logs ${stack.prefix}-offsite`,
      );
    await pause(1000);
  }
  const fetched = await fetchCopy(stack, 'latest');
  try {
    process.stdout.write(`${fetchedText(fetched)}\n`);
    const question =
      `Make that the data of stack ${stack.name}? What is there now is backed up first, and the copy goes on ` +
      'with this server: no other may go on writing to the target.';
    if (!(await confirm(question, yes))) {
      process.stdout.write(
        'The data was not touched. The stack runs without it; the same command asks again.\n',
      );
      return false;
    }
    const safety = await replaceData(stack, true);
    await askOffsite(stack, 'adopt');
    process.stdout.write(`The data is back. ${safetyText(safety)}\n`);
    return true;
  } finally {
    await askOffsite(stack, 'clear').catch(() => undefined);
  }
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

/** Makes the engine a manager, if the user agrees. @throws Problem otherwise */
export async function ensureSwarm(yes: boolean): Promise<void> {
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
export async function ensureAdminPassword(stack: Stack): Promise<void> {
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
