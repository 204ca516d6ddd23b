// One stack name, one state: two clones, or a state that was lost, would fight over names on the engine.
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';
import type { Stack } from './stack';

/** Throws a Problem if the stack's state is empty, but the engine has the networks of a stack of this name. */
export async function ensureOnlyState(stack: Stack): Promise<void> {
  if ((await stack.resources()).length > 0) return;
  const networks = await networksOf(stack);
  if (networks.length > 0) throw new Problem(otherState(stack, networks));
}

/** A stack's networks on the engine; by the whole name, since another stack's may begin alike. */
export async function networksOf({ prefix }: Pick<Stack, 'prefix'>): Promise<string[]> {
  const filter = `name=^${prefix}-[a-z]+-network$`;
  return linesOf(await docker(['network', 'ls', '--filter', filter, '--format', '{{.Name}}']));
}

/** What to say of networks that another state has. */
export function otherState(
  { name, prefix }: Pick<Stack, 'name' | 'prefix'>,
  networks: readonly string[],
): string {
  return [
    `The engine has stack ${name} already (${networks.join(', ')}), but this state knows nothing of it.`,
    'It belongs to another clone of this repository, or to another PULUMI_BACKEND_URL: go on from there,',
    `or take a stack of another name. If that state is lost, its containers and networks can go, and the data stays:`,
    `  docker ps -aq --filter name=^${prefix}- | xargs -r docker rm -f`,
    `  docker service ls -q --filter name=${prefix}- | xargs -r docker service rm`,
    `  docker network rm ${networks.join(' ')}`,
  ].join('\n');
}
