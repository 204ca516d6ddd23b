// One stack name, one state: a plan that would make what another state's stack has is refused.
import { setImmediate as turn } from 'node:timers/promises';
import * as pulumi from '@pulumi/pulumi';
import { linesOf, tryDockerSync } from '../host/docker';
import { otherState } from '../host/stack';
import type { Engine } from './engine';

/**
 * Refuses the preview of a stack that runs, and of which the state knows neither data nor networks: nothing of both can
 * be removed by hand while it runs. Without an engine that answers, nothing is known.
 *
 * @param lasting what a stack that runs has: its data, its networks
 * @returns when it is known
 * @throws pulumi.RunError
 */
export async function ensureOwnState(
  prefix: string,
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
  const running = list('ps', '--quiet', '--filter', `name=^${prefix}-db(\\.|$)`);
  if (networks.length > 0 && running.length > 0)
    throw new pulumi.RunError(otherState(pulumi.getStack(), networks));
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
