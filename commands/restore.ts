// `npm run restore -- <backup>`, or `-- --to <moment>`: replaces the data by a backup, or by the copy off the server as
// it was at a moment, after a backup of what is there; or puts it into another stack.
import { setTimeout as pause } from 'node:timers/promises';
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';
import { until } from '../host/wait';
import type { Arguments } from './arguments';
import { findBackup, listBackups, readBackups } from './backup';
import { momentText, parseMoment } from './moment';
import { askOffsite, fetchCopy, fetchedDump, fetchedText, liveText } from './offsite';
import { type OtherStack, otherStack, putInto } from './restore-into';
import { Stack } from './stack';
import { confirm, mustAsk } from './terminal';

/** How long a backend may take to be replaced, in seconds. */
const backendStarts = 120;
/** How long a rollout that is under way may take, in seconds: each replica starts and is watched. */
const rolloutTakes = 600;

export async function main(args: Arguments): Promise<number> {
  const { stack: name, yes, words, flags, options } = args;
  const [wish = ''] = words;
  if ((options.to === undefined) === (wish === ''))
    throw new Problem('Name a backup, or a moment with --to: npm run help restore');
  const stack = new Stack(name);
  const withSafety = !flags.has('without-safety-backup');
  const other = options.into === undefined ? undefined : await otherStack(stack, options.into);
  if (options.to !== undefined) return restoreMoment(stack, options.to, { yes, withSafety, other });

  const backups = await readBackups(stack);
  const wished = findBackup(backups, wish)?.name;
  if (!wished)
    throw new Problem(`There is no backup "${wish}". There are:\n${listBackups(backups)}`);
  if (other) return putInto(stack, other, { file: wished, said: wished }, yes);
  const before = withSafety
    ? 'What is there now is backed up first.'
    : 'What is there now is lost.';
  if (!(await confirm(`Replace all data of stack ${stack.name} by ${wished}? ${before}`, yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  const rollout = () => rolloutState(stack);
  await waitForRollout(rollout);
  const safety = withSafety ? await backUpWhatIsThere(stack, wished) : undefined;
  await stack.inTier('backup', 'backup', 'restore', wished);
  await replaceBackends(stack, rollout);
  process.stdout.write(`The data is that of ${wished}. ${safetyText(safety)}\n`);
  return 0;
}

interface How {
  readonly yes: boolean;
  readonly withSafety: boolean;
  /** Where it goes; undefined: where it came from. */
  readonly other: OtherStack | undefined;
}

/** The data of a moment, from the copy off the server. @param to as a person says it, or `latest` */
async function restoreMoment(stack: Stack, to: string, how: How): Promise<number> {
  const { yes, withSafety, other } = how;
  mustAsk(yes);
  const when = to === 'latest' ? undefined : parseMoment(to, new Date());
  const said = when === undefined ? 'the last that the copy has' : momentText(when);
  process.stdout.write(`To be had: the data as of ${said}.\n`);
  const fetched = await fetchCopy(stack, when === undefined ? 'latest' : String(when));
  try {
    if (other) {
      process.stdout.write(`${fetchedText(fetched)}\n`);
      return await putInto(stack, other, { file: fetchedDump, said: `the data of ${said}` }, yes);
    }
    process.stdout.write(`${fetchedText(fetched)}\n${await liveText(stack)}\n`);
    const before = withSafety
      ? 'What is there now is backed up first.'
      : 'What is there now is lost.';
    const question = `Replace all data of stack ${stack.name} by that? ${before}`;
    if (!(await confirm(question, yes))) {
      process.stdout.write('Nothing was changed.\n');
      return 1;
    }
    const safety = await replaceData(stack, withSafety);
    process.stdout.write(`The data is that of ${said}. ${safetyText(safety)}\n`);
    return 0;
  } finally {
    await askOffsite(stack, 'clear').catch(() => undefined);
  }
}

/** Puts in the place of the live data what was fetched, all of it or nothing, and lets the backends start on it. */
export async function replaceData(stack: Stack, withSafety: boolean): Promise<Safety | undefined> {
  const rollout = () => rolloutState(stack);
  await waitForRollout(rollout);
  const safety = withSafety ? await backUpWhatIsThere(stack, '') : undefined;
  await stack.inTier('backup', 'backup', 'restore', fetchedDump);
  await replaceBackends(stack, rollout);
  return safety;
}

/** What a backup before a restore came to: all of it, or what could be read. */
export interface Safety {
  readonly name: string;
  /** What is not in it. */
  readonly lacks: readonly string[];
}

async function backUpWhatIsThere(stack: Stack, wished: string): Promise<Safety> {
  try {
    const [name = '', ...lacks] = linesOf(await stack.inTier('backup', 'backup', 'safety', wished));
    return { name, lacks };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(
      `${error.message}\nWhat is there now could not be backed up, and nothing was changed. ` +
        'To restore all the same, and lose it: add --without-safety-backup.',
    );
  }
}

export function safetyText(safety: Safety | undefined): string {
  if (!safety) return 'What was there before was not backed up.';
  const { name, lacks } = safety;
  return lacks.length === 0
    ? `What was there before is in ${name}: npm run restore -- ${name}`
    : `What could be read of what was there before is in ${name}, without ${lacks.join(', ')}. ` +
        'It is for taking single tables out of it, by pg_restore.';
}

/** The state of a service's update as the engine has it; empty for none. */
async function rolloutState(stack: Stack): Promise<string> {
  const state = '{{with .UpdateStatus}}{{.State}}{{end}}';
  return docker(['service', 'inspect', '--format', state, `${stack.prefix}-backend`]);
}

/**
 * A task that ends while it rolls out is a bad release to Swarm, which then rolls it back: so one waits
 * for the other.
 *
 * @throws Problem if the rollout doesn't end
 */
export async function waitForRollout(
  state: () => Promise<string>,
  seconds = rolloutTakes,
): Promise<void> {
  for (let second = 0; /^(updating|rollback_started)$/.test(await state()); second++) {
    if (second === 0) process.stdout.write('A release is rolling out: waiting until it is done.\n');
    if (second >= seconds)
      throw new Problem(
        `The release did not come to an end within ${seconds} s: see docker service ps, and restore when it has.`,
      );
    await pause(1000);
  }
}

/** One after the other, so that they migrate a backup of an earlier release, and the others serve meanwhile. */
export async function replaceBackends(
  stack: Stack,
  rollout = () => rolloutState(stack),
): Promise<void> {
  const old = await stack.containers('backend');
  for (const container of old) {
    await waitForRollout(rollout);
    // A release that began after the restore has replaced it, and migrated the data.
    if (!(await stack.containers('backend')).includes(container)) continue;
    await docker(['stop', container]);
    await until(
      async () => (await stack.containers('backend', 'health=healthy')).length >= old.length,
      backendStarts,
      `The data is restored, but a backend did not start on it: see docker service logs ${stack.prefix}-backend`,
    );
  }
}
