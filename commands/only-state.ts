// One stack name, one state: two clones, or a state that was lost, would fight over names on the engine.
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';
import { otherState } from '../host/stack';
import type { Stack } from './stack';

/** Throws a Problem if the stack's state is empty, but the engine has the networks of a stack of this name. */
export async function ensureOnlyState(stack: Stack): Promise<void> {
  if ((await stack.resources()).length > 0) return;
  const networks = await networksOf(stack);
  if (networks.length > 0) throw new Problem(otherState(stack.name, networks));
}

/** A stack's networks on the engine; by the whole name, since another stack's may begin alike. */
export async function networksOf({ prefix }: Pick<Stack, 'prefix'>): Promise<string[]> {
  const filter = `name=^${prefix}-[a-z]+-network$`;
  return linesOf(await docker(['network', 'ls', '--filter', filter, '--format', '{{.Name}}']));
}
