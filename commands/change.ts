// A change of a stack's config and all that follows from it: planned, asked for and carried out with a
// copy of the config. The stack's own file is written when the act is done; refused, declined,
// interrupted or failed, it is as it was.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../host/problem';
import { configFile, type StackName } from '../host/stack';
import { livePlan } from '../review/live';
import { findReviewed, refusalOf } from '../review/reviewed';
import { keepAsLeft, serverIsAsLeft } from './as-left';
import type { Stack } from './stack';
import { confirm, mustAsk } from './terminal';

export interface ConfigChange {
  readonly key: string;
  /** Undefined: the key is removed. */
  readonly value: string | undefined;
}

/** Returns the exit code. */
export async function changeStack(
  stack: Stack,
  change: ConfigChange,
  { yes, reviewed }: { readonly yes: boolean; readonly reviewed?: string | undefined },
): Promise<number> {
  mustAsk(yes);
  const words = await configWords(stack, change);
  const copy = copyOfConfig(stack.name);
  if (words) await stack.pulumi([...words, '--config-file', copy]);
  if ((await stack.show(planWords(copy, await serverIsAsLeft(stack.name)))) !== 0) return 1;
  if (reviewed !== undefined) await ensureReviewed(reviewed, stack, copy);
  if (!(await confirm('Do it?', yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  // Looked at again: somebody may have thought about the plan for long.
  const code = await stack.show(actWords(copy, await serverIsAsLeft(stack.name)));
  if (code === 0 && words) await stack.pulumi(words);
  if (code === 0) await keepAsLeft(stack.name);
  return code;
}

/** @throws Problem that says what differs from the plan that was reviewed */
async function ensureReviewed(said: string, stack: StackName, config: string): Promise<void> {
  const reviewed = findReviewed(said, stack.name);
  const now = await livePlan(stack, { refresh: true, config });
  if ('why' in now) throw new Problem(`The plan can't be compared with its review:\n${now.why}`);
  const refusal = refusalOf(reviewed, now);
  if (refusal !== undefined) throw new Problem(refusal);
  process.stdout.write('This is the plan that was reviewed.\n');
}

/** The CLI's words that make the change; undefined, if there is nothing to change. */
async function configWords(stack: Stack, { key, value }: ConfigChange) {
  if (value !== undefined) return ['config', 'set', key, value];
  return (await stack.config(key)) === undefined ? undefined : ['config', 'rm', key];
}

/** @param isAsLeft a refresh would find nothing, and takes seconds of waits in the provider */
export function planWords(config: string, isAsLeft = false): string[] {
  return ['preview', '--config-file', config, ...lookWords(isAsLeft)];
}

export function actWords(config: string, isAsLeft = false): string[] {
  return ['up', '--yes', '--skip-preview', '--config-file', config, ...lookWords(isAsLeft)];
}

export function lookWords(isAsLeft: boolean): string[] {
  return isAsLeft ? ['--refresh=false'] : [];
}

/** A copy that only this account reads, and that goes when this process does. */
export function copyOfConfig(stack: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'timetracker-config-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, `Pulumi.${stack}.yaml`);
  copyFileSync(configFile(stack), copy);
  return copy;
}
