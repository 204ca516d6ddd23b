// The container engine: a docker.Container that is there when it is healthy.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { logging, loopback, type Placement, startInterval, type WorkloadSpec } from './spec';

export function createContainer(
  { name, alias, networks }: Placement,
  spec: WorkloadSpec,
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const environment: pulumi.Input<string>[] = Object.entries(spec.environment).map(
    ([key, value]) => `${key}=${value}`,
  );
  if (spec.tag !== undefined) environment.push(pulumi.interpolate`RELEASE=${spec.tag}`);
  const secrets = spec.secrets.map(
    (secret) => pulumi.interpolate`${secret.name.toUpperCase()}=${secret.value}`,
  );
  const { healthCheck } = spec;

  return new docker.Container(
    name,
    {
      name,
      image: spec.image,
      envs: [...environment, ...secrets],
      healthcheck: {
        tests: healthCheck.test,
        interval: goDuration(healthCheck.interval),
        timeout: goDuration(healthCheck.timeout),
        retries: healthCheck.retries,
        startPeriod: goDuration(healthCheck.startPeriod),
        startInterval: goDuration(startInterval),
      },
      networksAdvanced: networks.map((network) => ({ name: network.name, aliases: [alias] })),
      mounts: spec.volumes.map(({ volume, target, readOnly }) => ({
        type: 'volume',
        source: volume.name,
        target,
        ...(readOnly && { readOnly }),
      })),
      readOnly: true,
      tmpfs: Object.fromEntries(spec.tmpfs.map((path) => [path, ''])),
      capabilities: {
        drops: ['ALL'],
        ...(spec.capabilities && { adds: spec.capabilities.map((name) => `CAP_${name}`) }),
      },
      securityOpts: ['no-new-privileges:true'],
      ...(spec.user && { user: spec.user }),
      ...(spec.publish && {
        ports: spec.publish.map(({ target, published }) => ({
          internal: target,
          external: published,
          ip: loopback,
        })),
      }),
      init: true,
      memory: spec.memoryMiB,
      // Equal to memory, or a refresh shows a difference.
      memorySwap: spec.memoryMiB,
      logDriver: logging.driver,
      logOpts: logging.options,
      restart: 'unless-stopped',
      ...(spec.stopSignal && { stopSignal: spec.stopSignal }),
      stopTimeout: spec.stopGraceSeconds,
      // Left out, a replacement kills at once.
      destroyGraceSeconds: spec.stopGraceSeconds,
      wait: true,
      waitTimeout: spec.waitSeconds,
    },
    {
      ...opts,
      // The provider plans these as updates and then does nothing to the container.
      replaceOnChanges: ['healthcheck', 'tmpfs', 'init', 'mounts'],
      deleteBeforeReplace: true,
    },
  );
}

/** Seconds as the engine reads them back: `1m0s`, not `60s`. */
export function goDuration(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
