// A Swarm service as the program describes it, as the engine takes it, and as it tells it back.

import type Docker from 'dockerode';
import {
  atLeast,
  flag,
  labels,
  list,
  map,
  matching,
  number,
  object,
  oneOf,
  type Schema,
  set,
  text,
  unsupported,
} from '../schema.ts';
import type { Properties, Value } from '../value.ts';
import { duration, nanoseconds, shortDuration } from './duration.ts';
import { mountFromEngine, mounts, mountToEngine } from './mount.ts';
import {
  inOrder,
  inside,
  labelsFromEngine,
  labelsToEngine,
  networkOrder,
  objects,
  stringMap,
  strings,
} from './shared.ts';

const computed = true;

const file = {
  fileName: text({ required: true }),
  fileUid: text({ default: '0' }),
  fileGid: text({ default: '0' }),
  fileMode: number({ default: 0o444, valid: atLeast(0) }),
};

const change = (...failureActions: string[]) =>
  object({
    parallelism: number({ default: 1, valid: atLeast(0) }),
    delay: duration({ default: '0s' }),
    failureAction: text({ default: 'pause', valid: oneOf(...failureActions) }),
    monitor: duration({ default: '5s' }),
    maxFailureRatio: text({
      default: '0.0',
      valid: matching(/^(0(\.\d+)?|1(\.0+)?)$/, 'a ratio such as 0.0 or 0.5'),
    }),
    order: text({ default: 'stop-first', valid: oneOf('stop-first', 'start-first') }),
  });

const containerSpec = object(
  {
    image: text({ required: true }),
    commands: list(text()),
    args: list(text()),
    env: map(),
    labels: labels(),
    dir: text(),
    user: text(),
    groups: list(text()),
    hostname: text(),
    init: flag(),
    readOnly: flag(),
    capAdds: list(text()),
    capDrops: list(text()),
    mounts: mounts(),
    secrets: set(object({ secretId: text({ required: true }), secretName: text(), ...file })),
    configs: set(object({ configId: text({ required: true }), configName: text(), ...file })),
    healthcheck: object(
      {
        tests: list(text(), { required: true }),
        interval: duration({ default: '0s' }),
        timeout: duration({ default: '0s' }),
        startPeriod: duration({ default: '0s' }),
        retries: number({ valid: atLeast(0) }),
      },
      { computed },
    ),
    stopSignal: text(),
    stopGracePeriod: duration({ computed }),
    sysctl: map({ computed }),
    isolation: text({ default: 'default', valid: oneOf('default') }),
    ...unsupported(['dnsConfig', 'hosts', 'privileges']),
  },
  { required: true },
);

const amounts = { memoryBytes: number(), nanoCpus: number() };

export const schema: Schema = {
  name: text({ replace: true }),
  labels: labels({ computed }),
  taskSpec: object(
    {
      containerSpec,
      resources: object(
        {
          limits: object(amounts),
          reservation: object({ ...amounts, ...unsupported(['genericResources']) }),
        },
        { computed },
      ),
      restartPolicy: object(
        {
          condition: text({ valid: oneOf('none', 'on-failure', 'any') }),
          delay: duration(),
          maxAttempts: number({ valid: atLeast(0) }),
          window: duration(),
        },
        { computed },
      ),
      placement: object(
        {
          constraints: set(text()),
          maxReplicas: number({ valid: atLeast(0) }),
          platforms: set(
            object({ architecture: text({ required: true }), os: text({ required: true }) }),
          ),
          ...unsupported(['prefs']),
        },
        { computed },
      ),
      networksAdvanceds: set(
        object({
          id: text({ replace: true }),
          aliases: set(text(), { replace: true }),
          ...unsupported(['driverOpts', 'name'], { replace: true }),
        }),
        { replace: true },
      ),
      logDriver: object({ name: text({ required: true }), options: map() }),
      forceUpdate: number({ computed, valid: atLeast(0) }),
      runtime: text({ computed, valid: oneOf('container') }),
    },
    { required: true },
  ),
  mode: object(
    {
      replicated: object({ replicas: number({ default: 1, valid: atLeast(0) }) }, { computed }),
      global: flag(),
    },
    { computed, replace: true },
  ),
  updateConfig: change('pause', 'continue', 'rollback'),
  rollbackConfig: change('pause', 'continue'),
  endpointSpec: object(
    {
      mode: text({ default: 'vip', valid: oneOf('vip', 'dnsrr') }),
      ports: list(
        object({
          name: text(),
          protocol: text({ default: 'tcp', valid: oneOf('tcp', 'udp', 'sctp') }),
          publishMode: text({ default: 'ingress', valid: oneOf('ingress', 'host') }),
          publishedPort: number({ computed, valid: atLeast(0) }),
          targetPort: number({ required: true, valid: atLeast(1) }),
        }),
      ),
    },
    { computed },
  ),
  convergeConfig: object({
    delay: duration({ default: '7s' }),
    timeout: duration({ default: '3m' }),
  }),
  auth: { kind: 'unsupported', replace: true },
};

/** The engine's specification beyond the client's types. */
export interface Spec extends Docker.ServiceSpec {
  Name: string;
  TaskTemplate: Docker.ContainerTaskSpec;
}

export const time = (value: Value | undefined): number | undefined =>
  value === undefined || value === null ? undefined : nanoseconds(String(value));

function changeToEngine(value: Value | undefined): Docker.UpdateConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const policy = inside(value);
  return {
    Parallelism: Number(policy.parallelism),
    Delay: time(policy.delay) ?? 0,
    FailureAction: policy.failureAction as 'pause',
    Monitor: time(policy.monitor) ?? 0,
    MaxFailureRatio: Number(policy.maxFailureRatio),
    Order: policy.order as 'stop-first',
  };
}

function fileToEngine({ fileName, fileUid, fileGid, fileMode }: Properties) {
  return {
    Name: String(fileName),
    UID: String(fileUid),
    GID: String(fileGid),
    Mode: Number(fileMode),
  };
}

const byFile = ({ fileName }: Properties) => String(fileName);

function containerToEngine(spec: Properties): Docker.ContainerSpec {
  const health = spec.healthcheck ? inside(spec.healthcheck) : undefined;
  const has = (name: string) => strings(spec[name]).length > 0;
  return {
    Image: String(spec.image),
    ...(has('commands') ? { Command: strings(spec.commands) } : {}),
    ...(has('args') ? { Args: strings(spec.args) } : {}),
    Env: Object.entries(stringMap(spec.env))
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    Labels: labelsToEngine(spec.labels),
    Dir: String(spec.dir ?? ''),
    User: String(spec.user ?? ''),
    Groups: strings(spec.groups),
    Hostname: String(spec.hostname ?? ''),
    Init: spec.init === true,
    ReadOnly: spec.readOnly === true,
    CapabilityAdd: strings(spec.capAdds),
    CapabilityDrop: strings(spec.capDrops),
    Mounts: inOrder(objects(spec.mounts), ({ target }) => String(target)).map(mountToEngine),
    Secrets: inOrder(objects(spec.secrets), byFile).map((secret) => ({
      SecretID: String(secret.secretId),
      SecretName: String(secret.secretName ?? ''),
      File: fileToEngine(secret),
    })),
    Configs: inOrder(objects(spec.configs), byFile).map((config) => ({
      ConfigID: String(config.configId),
      ConfigName: String(config.configName ?? ''),
      File: fileToEngine(config),
    })),
    ...(health
      ? {
          HealthCheck: {
            Test: strings(health.tests),
            Interval: time(health.interval) ?? 0,
            Timeout: time(health.timeout) ?? 0,
            StartPeriod: time(health.startPeriod) ?? 0,
            Retries: Number(health.retries ?? 0),
          },
        }
      : {}),
    StopSignal: String(spec.stopSignal ?? ''),
    StopGracePeriod: time(spec.stopGracePeriod) ?? 0,
    Sysctls: stringMap(spec.sysctl),
    Isolation: 'default',
    DNSConfig: {},
  };
}

function resourcesToEngine(value: Value | undefined) {
  if (value === undefined || value === null) return undefined;
  const amount = inside(value);
  return {
    ...(amount.memoryBytes ? { MemoryBytes: Number(amount.memoryBytes) } : {}),
    ...(amount.nanoCpus ? { NanoCPUs: Number(amount.nanoCpus) } : {}),
  };
}

function platformToEngine({ architecture, os }: Properties) {
  return { Architecture: String(architecture), OS: String(os) };
}

export function toEngine(inputs: Properties): Spec {
  const task = inside(inputs.taskSpec);
  const resources = inside(task.resources);
  const restart = task.restartPolicy ? inside(task.restartPolicy) : undefined;
  const placement = inside(task.placement);
  const log = task.logDriver ? inside(task.logDriver) : undefined;
  const endpoint = inputs.endpointSpec ? inside(inputs.endpointSpec) : undefined;
  const mode = inside(inputs.mode);
  return {
    Name: String(inputs.name),
    Labels: labelsToEngine(inputs.labels),
    TaskTemplate: {
      ContainerSpec: containerToEngine(inside(task.containerSpec)),
      Resources: {
        Limits: resourcesToEngine(resources.limits),
        Reservations: resourcesToEngine(resources.reservation),
      },
      ...(restart
        ? {
            RestartPolicy: {
              Condition: restart.condition as 'any',
              Delay: time(restart.delay),
              MaxAttempts: Number(restart.maxAttempts ?? 0),
              Window: time(restart.window),
            },
          }
        : {}),
      Placement: {
        Constraints: strings(placement.constraints).sort(),
        ...(placement.maxReplicas ? { MaxReplicas: Number(placement.maxReplicas) } : {}),
        ...(objects(placement.platforms).length > 0
          ? { Platforms: objects(placement.platforms).map(platformToEngine) }
          : {}),
      },
      Networks: inOrder(objects(task.networksAdvanceds), ({ aliases, id }) =>
        networkOrder(strings(aliases).sort(), String(id)),
      ).map(({ id, aliases }) => ({ Target: String(id), Aliases: strings(aliases).sort() })),
      ...(log ? { LogDriver: { Name: String(log.name), Options: stringMap(log.options) } } : {}),
      ForceUpdate: Number(task.forceUpdate ?? 0),
      Runtime: 'container',
    },
    Mode: mode.global
      ? { Global: {} }
      : { Replicated: { Replicas: Number(inside(mode.replicated).replicas ?? 1) } },
    UpdateConfig: changeToEngine(inputs.updateConfig),
    RollbackConfig: changeToEngine(inputs.rollbackConfig),
    ...(endpoint
      ? {
          EndpointSpec: {
            Mode: endpoint.mode as 'vip',
            Ports: objects(endpoint.ports).map((port) => ({
              ...(port.name ? { Name: String(port.name) } : {}),
              Protocol: port.protocol as 'tcp',
              TargetPort: Number(port.targetPort),
              ...(port.publishedPort ? { PublishedPort: Number(port.publishedPort) } : {}),
              PublishMode: port.publishMode as 'host',
            })),
          },
        }
      : {}),
  };
}

function changeFromEngine(policy: Docker.UpdateConfig | undefined): Value {
  if (!policy) return null;
  const ratio = Number(policy.MaxFailureRatio ?? 0);
  return {
    parallelism: Number(policy.Parallelism),
    delay: shortDuration(policy.Delay),
    failureAction: policy.FailureAction ?? 'pause',
    monitor: shortDuration(policy.Monitor),
    maxFailureRatio: ratio.toFixed(1),
    order: policy.Order ?? 'stop-first',
  };
}

function amountsFromEngine(
  amount: { MemoryBytes?: number | undefined; NanoCPUs?: number | undefined } | undefined,
): Value {
  return amount ? { memoryBytes: amount.MemoryBytes ?? 0, nanoCpus: amount.NanoCPUs ?? 0 } : null;
}

type File =
  | Partial<Record<'Name' | 'UID' | 'GID', string | undefined> & { Mode: number | undefined }>
  | undefined;

const fileFromEngine = (file: File): Properties => ({
  fileName: file?.Name ?? '',
  fileUid: file?.UID ?? '0',
  fileGid: file?.GID ?? '0',
  fileMode: file?.Mode ?? 0o444,
});

function containerFromEngine(spec: Docker.ContainerSpec): Properties {
  // The engine takes HealthCheck and tells Healthcheck.
  const health = (spec as { Healthcheck?: Docker.HealthConfig }).Healthcheck;
  return {
    image: spec.Image ?? '',
    commands: spec.Command ?? [],
    args: spec.Args ?? [],
    env: Object.fromEntries(
      (spec.Env ?? []).map((entry) => {
        const at = entry.indexOf('=');
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    ),
    labels: labelsFromEngine(spec.Labels),
    dir: spec.Dir ?? '',
    user: spec.User ?? '',
    groups: spec.Groups ?? [],
    hostname: spec.Hostname ?? '',
    init: spec.Init ?? false,
    readOnly: spec.ReadOnly ?? false,
    capAdds: spec.CapabilityAdd ?? [],
    capDrops: spec.CapabilityDrop ?? [],
    mounts: inOrder((spec.Mounts ?? []).map(mountFromEngine), ({ target }) => String(target)),
    secrets: inOrder(
      (spec.Secrets ?? []).map(
        ({ SecretID, SecretName, File }): Properties => ({
          secretId: SecretID ?? '',
          secretName: SecretName ?? '',
          ...fileFromEngine(File),
        }),
      ),
      byFile,
    ),
    configs: inOrder(
      (spec.Configs ?? []).map(
        ({ ConfigID, ConfigName, File }): Properties => ({
          configId: ConfigID ?? '',
          configName: ConfigName ?? '',
          ...fileFromEngine(File),
        }),
      ),
      byFile,
    ),
    healthcheck: health?.Test
      ? {
          tests: health.Test,
          interval: shortDuration(health.Interval),
          timeout: shortDuration(health.Timeout),
          startPeriod: shortDuration(health.StartPeriod),
          retries: health.Retries ?? 0,
        }
      : null,
    stopSignal: spec.StopSignal ?? '',
    stopGracePeriod: shortDuration(spec.StopGracePeriod),
    sysctl: spec.Sysctls ?? {},
    isolation: spec.Isolation ?? 'default',
    dnsConfig: { nameservers: null, options: null, searches: null },
    hosts: [],
    privileges: null,
  };
}

/** What the engine tells of a service beyond the client's types. */
export interface Inspected extends Omit<Docker.Service, 'Spec'> {
  Spec: Spec;
  PreviousSpec?: Spec;
}

/** The service as it is; `before` has what the engine doesn't tell. */
export function fromEngine(service: Inspected, before: Properties): Properties {
  const { Spec: spec, Endpoint: endpoint } = service;
  const task = spec.TaskTemplate;
  const restart = task.RestartPolicy;
  const told = endpoint?.Spec?.Mode ? endpoint.Spec : spec.EndpointSpec;
  return {
    id: service.ID,
    name: spec.Name,
    auth: null,
    labels: labelsFromEngine(spec.Labels),
    convergeConfig: before.convergeConfig ?? null,
    taskSpec: {
      containerSpec: containerFromEngine(task.ContainerSpec ?? {}),
      resources: {
        limits: amountsFromEngine(task.Resources?.Limits),
        reservation: amountsFromEngine(task.Resources?.Reservations),
      },
      restartPolicy: restart
        ? {
            condition: restart.Condition ?? 'any',
            delay: shortDuration(restart.Delay),
            maxAttempts: restart.MaxAttempts ?? 0,
            window: shortDuration(restart.Window),
          }
        : null,
      placement: {
        constraints: [...(task.Placement?.Constraints ?? [])].sort(),
        maxReplicas: task.Placement?.MaxReplicas ?? 0,
        platforms: (task.Placement?.Platforms ?? []).map(({ Architecture, OS }) => ({
          architecture: Architecture ?? '',
          os: OS ?? '',
        })),
        prefs: [],
      },
      networksAdvanceds: inOrder(
        (task.Networks ?? []).map((network) => ({
          id: network.Target ?? '',
          name: '',
          aliases: [...(network.Aliases ?? [])].sort(),
          driverOpts: [],
        })),
        ({ aliases, id }) => networkOrder(aliases, id),
      ),
      logDriver: task.LogDriver
        ? { name: task.LogDriver.Name ?? '', options: task.LogDriver.Options ?? {} }
        : null,
      forceUpdate: task.ForceUpdate ?? 0,
      runtime: task.Runtime ?? 'container',
    },
    mode: {
      global: spec.Mode?.Global !== undefined,
      replicated: spec.Mode?.Global
        ? null
        : { replicas: Number(spec.Mode?.Replicated?.Replicas ?? 0) },
    },
    updateConfig: changeFromEngine(spec.UpdateConfig),
    rollbackConfig: changeFromEngine(spec.RollbackConfig),
    endpointSpec: {
      mode: told?.Mode ?? 'vip',
      ports: (told?.Ports ?? []).map((port) => ({
        name: port.Name ?? '',
        protocol: port.Protocol ?? 'tcp',
        publishMode: port.PublishMode ?? 'ingress',
        publishedPort: port.PublishedPort ?? 0,
        targetPort: port.TargetPort ?? 0,
      })),
    },
  };
}
