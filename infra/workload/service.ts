// The Swarm engine: a docker.Service that rolls, and is rolled back when it fails. Rollouts waits for it.
import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import { labels } from '../names';
import {
  logging,
  type NodeRules,
  type Placement,
  placeOf,
  reservedCpus,
  reservedMiB,
  type WorkloadSpec,
} from './spec';

export function createService(
  { name, alias, networks, nodes }: Placement,
  spec: WorkloadSpec,
  opts: pulumi.CustomResourceOptions,
): docker.Service {
  const { healthCheck } = spec;
  const secretFiles = spec.secrets.map((secret) => {
    if (!secret.dockerSecret)
      throw new Error(`secret ${secret.name} of ${name} has no Docker Secret`);
    return {
      secretId: secret.dockerSecret.id,
      secretName: secret.dockerSecret.name,
      fileName: `/run/secrets/${secret.name}`,
      // Without a user of its own, an image starts as root, reads, and steps down.
      fileMode: secret.fileMode ?? 0o400,
      fileUid: spec.user ?? '0',
      fileGid: spec.user ?? '0',
    };
  });
  // Values are written as the engine reads them back, or a refresh would plan a change.
  const rollout = {
    parallelism: 1,
    delay: '0s',
    monitor: '5s',
    maxFailureRatio: '0.0',
    order: spec.updateOrder,
  };

  return new docker.Service(
    name,
    {
      name,
      ...(spec.tag && { labels: [{ label: labels.release, value: spec.tag }] }),
      taskSpec: {
        containerSpec: {
          image: spec.image,
          ...(spec.command && { commands: [...spec.command] }),
          env: {
            ...spec.environment,
            ...(spec.tag !== undefined && { RELEASE: spec.tag }),
          },
          secrets: secretFiles,
          // No start interval here: the provider has no such input; the image's HEALTHCHECK brings it.
          healthcheck: {
            tests: healthCheck.test,
            interval: shortDuration(healthCheck.interval),
            timeout: shortDuration(healthCheck.timeout),
            retries: healthCheck.retries,
            startPeriod: shortDuration(healthCheck.startPeriod),
          },
          mounts: [
            ...spec.volumes.map(({ volume, target, readOnly }) => ({
              type: 'volume',
              source: volume.name,
              target,
              ...(readOnly && { readOnly }),
            })),
            ...(spec.folders ?? []).map(({ folder, target }) => ({
              type: 'bind',
              source: folder,
              target,
            })),
            ...spec.tmpfs.map((target) => ({ type: 'tmpfs', target })),
          ],
          readOnly: true,
          capDrops: ['ALL'],
          ...(spec.capabilities && { capAdds: spec.capabilities.map((name) => `CAP_${name}`) }),
          ...(spec.user && { user: spec.user }),
          init: true,
          ...(spec.stopSignal && { stopSignal: spec.stopSignal }),
          stopGracePeriod: shortDuration(spec.stopGraceSeconds),
        },
        // By id: with the name, a refresh replaces the service.
        networksAdvanceds: networks.map((network) => ({ id: network.id, aliases: [alias] })),
        resources: {
          limits: { memoryBytes: spec.memoryMiB * 2 ** 20 },
          ...(nodes.isReserved && {
            reservation: {
              memoryBytes: reservedMiB(spec) * 2 ** 20,
              nanoCpus: reservedCpus * 1e9,
            },
          }),
        },
        restartPolicy: { condition: 'any', delay: '2s', maxAttempts: 0, window: '0s' },
        logDriver: { name: logging.driver, options: logging.options },
        ...placementOf(spec, nodes),
      },
      mode:
        placeOf(spec) === 'everywhere'
          ? { global: true }
          : { replicated: { replicas: spec.replicas } },
      // Addresses of tasks by DNS: no virtual IP, so that a proxy sees each task come and go.
      endpointSpec: {
        mode: 'dnsrr',
        ...(spec.publish && {
          ports: spec.publish.map(({ name, protocol, target, published }) => ({
            name,
            protocol,
            // Keeps the caller's address, which the routing mesh hides.
            publishMode: 'host',
            publishedPort: published,
            targetPort: target,
          })),
        }),
      },
      updateConfig: { ...rollout, failureAction: 'rollback' },
      // The provider takes only pause or continue here.
      rollbackConfig: { ...rollout, failureAction: 'pause' },
    },
    opts,
  );
}

function placementOf(spec: WorkloadSpec, { platform, ...rules }: NodeRules) {
  const place = placeOf(spec);
  const constraint = place === 'anywhere' || place === 'everywhere' ? undefined : rules[place];
  const [os = '', architecture = ''] = platform?.split('/') ?? [];
  if (constraint === undefined && platform === undefined) return {};
  return {
    placement: {
      ...(constraint !== undefined && { constraints: [constraint] }),
      // The provider asks the registry for it, and would tell of a change if it were not said here.
      ...(platform !== undefined && { platforms: [{ os, architecture }] }),
    },
  };
}

/** Seconds as the provider reads them back: `1m`, not `1m0s` or `60s`. */
export function shortDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return `${minutes > 0 ? `${minutes}m` : ''}${rest > 0 || minutes === 0 ? `${rest}s` : ''}`;
}
