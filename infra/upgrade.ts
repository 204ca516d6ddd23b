// What a stack that an earlier program made has to get over, said in its first plan.
import * as pulumi from '@pulumi/pulumi';
import { tryDockerSync } from '../host/docker';
import type { Engine } from './engine';

/** The networks of programs before this one, which were not encrypted. */
const earlier = (prefix: string) => `${prefix}-backend-network`;

/** Says in a preview of a Swarm stack that this plan takes the page away, and for how long. */
export function announceUpgrade(prefix: string, engine: Engine): void {
  if (!pulumi.runtime.isDryRun() || !engine.answered) return;
  const found = tryDockerSync(['--host', engine.address, 'network', 'inspect', earlier(prefix)]);
  if (found.ok) void pulumi.log.warn(upgradeNotice);
}

/** Measured: 67 s on a machine that had little else to do, 190 s on a busy one. */
export const upgradeNotice =
  'This plan takes a stack of an earlier version over to encrypted networks, and its data to an owner that is ' +
  'no superuser: every service is made anew, once, and the page is away for one to three minutes. Data stays.';
