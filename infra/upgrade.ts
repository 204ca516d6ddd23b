// What a stack that runs has to get over, said in the plan: of an earlier program, or of another config.
import * as pulumi from '@pulumi/pulumi';
import { tryDockerSync } from '../host/docker';
import type { Engine } from './engine';
import type { Site } from './site';

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

/** Says in a preview that the site moves between HTTP and HTTPS, which takes the page away for a moment. */
export function announceSwitch(prefix: string, engine: Engine, site: Site): void {
  if (!pulumi.runtime.isDryRun() || !engine.answered) return;
  const format = '{{range .Spec.TaskTemplate.ContainerSpec.Env}}{{println .}}{{end}}';
  const inspect = ['service', 'inspect', '--format', format, `${prefix}-edge`];
  const found = tryDockerSync(['--host', engine.address, ...inspect]);
  const [, before] = /^TLS=(.*)$/m.exec(found.stdout) ?? [];
  if (!found.ok) return;
  const notice = switchNotice((before ?? 'off') !== 'off', site.certificates !== undefined);
  if (notice) void pulumi.log.warn(notice);
}

/** Undefined, if nothing is switched. Measured: 2.8 s on a busy machine, and as much until the first certificate. */
export function switchNotice(wasHttps: boolean, isHttps: boolean): string | undefined {
  if (wasHttps === isHttps) return undefined;
  return (
    `This plan moves the site from ${wasHttps ? 'HTTPS to HTTP' : 'HTTP to HTTPS'}: the edge starts anew, and the page ` +
    'is away for about 5 seconds. Whoever is logged in logs in again.'
  );
}
