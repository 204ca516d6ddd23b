// `npm run keys`: the one page that a person must keep, apart from the server, so that everything comes back.
import { existsSync, readFileSync } from 'node:fs';
import { Problem } from '../host/problem';
import { passphraseFile } from '../host/stack';
import type { CopyingKey } from '../infra/copying';
import type { Arguments } from './arguments';
import { askOffsite } from './offsite';
import { Stack } from './stack';

/** What the page has of the config. */
const kept: readonly CopyingKey[] = [
  'backupTarget',
  'backupKey',
  'backupAccessKey',
  'backupSecretKey',
  'backupSshKey',
  'backupHostKey',
  'backupRootCertificate',
];

export async function main({ stack: name }: Arguments): Promise<number> {
  return (await printKeys(new Stack(name))) ? 0 : 1;
}

/** Prints the page, and has the status know of it. @returns whether there is a copy that it opens */
export async function printKeys(stack: Stack): Promise<boolean> {
  const values = await Promise.all(
    kept.map(async (key) => ({ key, value: await stack.config(key) })),
  );
  const given = values.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  process.stdout.write(keysPage(stack.name, passphraseOf(stack.name), given));
  const hasCopy = given.length > 0;
  if (hasCopy) await noteKept(stack);
  return hasCopy;
}

/** The page is of use without it: it may be printed where the server can't be reached any more. */
async function noteKept(stack: Stack): Promise<void> {
  try {
    await askOffsite(stack, 'kept');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(
      'The status will not know that this was printed: the copy did not answer.\n',
    );
  }
}

/** What decrypts the stack's config; undefined, if it isn't on this host. */
function passphraseOf(stack: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) return env.PULUMI_CONFIG_PASSPHRASE;
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE ?? passphraseFile(stack);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** The page; without a copy, what is to be done first. */
export function keysPage(
  stack: string,
  passphrase: string | undefined,
  given: readonly { readonly key: string; readonly value: string }[],
): string {
  const hasCopy = given.length > 0;
  return [
    `What to keep of stack ${stack}, on paper or in a safe, and not on the server`,
    '',
    `1. This repository, with Pulumi.${stack}.yaml as it is now: its secrets are encrypted.`,
    '2. The passphrase of the config and the state:',
    `     ${passphrase ?? `not on this host: it is where PULUMI_CONFIG_PASSPHRASE_FILE or ${passphraseFile(stack)} was`}`,
    ...(hasCopy
      ? [
          '3. Where the copy of the data is, and what opens it:',
          ...given.flatMap(({ key, value }) =>
            value.includes('\n')
              ? [`     ${key}`, ...value.split('\n').map((line) => `       ${line}`)]
              : [`     ${key.padEnd(16)} ${value}`],
          ),
          '',
          'The server is gone: clone the repository on another one, put the passphrase into',
          `  ${passphraseFile(stack)}`,
          'and run',
          `  npm run prod -- --recover${stack === 'prod' ? '' : ` --stack ${stack}`}`,
          `Without Pulumi.${stack}.yaml, first set what stands under 3, as docs/backups.md has it.`,
        ]
      : [
          '',
          'There is no copy of the data off the server (backupTarget): if the server is gone, so is the data.',
          'docs/backups.md has how to keep one.',
        ]),
    '',
  ].join('\n');
}
