// One stack name, one state: a plan that would make what another state's stack has is refused.
import { setImmediate as turn } from 'node:timers/promises';
import * as pulumi from '@pulumi/pulumi';
import { linesOf, tryDockerSync } from '../host/docker';
import { otherState } from '../host/stack';
import { type Engine, holdersOf } from './engine';
import { publishers } from './names';

/**
 * Refuses the preview of a stack that runs, and of which the state knows neither data nor networks: nothing of both can
 * be removed by hand while it runs. So it does of a new stack on the port of another one: it may be that one, renamed.
 * Without an engine that answers, nothing is known.
 *
 * @param port where the stack is to listen
 * @param lasting what a stack that runs has: its data, its networks
 * @returns when it is known
 * @throws pulumi.RunError
 */
export async function ensureOwnState(
  { prefix, port }: { readonly prefix: string; readonly port: number },
  engine: Pick<Engine, 'address' | 'answered'>,
  lasting: readonly pulumi.CustomResource[],
): Promise<void> {
  if (!pulumi.runtime.isDryRun() || !engine.answered) return;
  const known = await Promise.all(lasting.map(isInState));
  if (known.includes(true)) return;
  const list = (...words: string[]) => {
    const found = tryDockerSync(['--host', engine.address, ...words]);
    return found.ok ? linesOf(found.stdout) : [];
  };
  const networks = list(
    ...['network', 'ls', '--filter', `name=^${prefix}-[a-z]+-network$`, '--format', '{{.Name}}'],
  );
  const running = list('ps', '--quiet', '--filter', `name=^${prefix}-(db|backend)(\\.|$)`);
  if (networks.length > 0 && running.length > 0)
    throw new pulumi.RunError(otherState(pulumi.getStack(), networks));
  for (const holder of holdersOf(port, engine.address) ?? []) {
    const other = otherStack(holder, pulumi.getProject());
    if (other !== undefined) throw new pulumi.RunError(renamed(pulumi.getStack(), other, port));
  }
}

/** The stack whose tier it is that publishes a port; undefined for what is none of this project's. */
export function otherStack(holder: string, project: string): string | undefined {
  return new RegExp(`^${project}-(.+)-(?:${Object.values(publishers).join('|')})$`).exec(
    holder,
  )?.[1];
}

/** What to say of a stack that is new to the engine, on the port of another one. */
export function renamed(stack: string, other: string, port: number): string {
  return [
    `Stack ${stack} would be a new one, and port ${port} is stack ${other}'s, which runs, with its data.`,
    `If it was renamed, nothing is lost: pulumi stack rename ${other} --stack ${stack}`,
    `If it is to be one of its own, it needs another port: pulumi config set --stack ${stack} port ${port + 1}`,
  ].join('\n');
}

/** Whether a preview finds it in the state: an id that is yet to be made is unknown, and never told. */
async function isInState(resource: pulumi.CustomResource): Promise<boolean> {
  let known = false;
  resource.id.apply(() => {
    known = true;
  });
  await new Promise<void>((resolve) => resource.urn.apply(() => resolve()));
  await turn();
  return known;
}
