// A container as the program describes it, as the engine takes it, and as it tells it back.

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
  output,
  type Schema,
  set,
  text,
  unsupported,
} from '../schema.ts';
import type { Properties, Value } from '../value.ts';
import { duration, longDuration, nanoseconds } from './duration.ts';
import { mountFromEngine, mounts, mountToEngine } from './mount.ts';
import {
  inOrder,
  inside,
  labelsToEngine,
  networkOrder,
  objects,
  stringMap,
  strings,
} from './shared.ts';

const replace = true;
const computed = true;

export const schema: Schema = {
  name: text({ replace }),
  image: text({ required: true, replace }),
  command: list(text(), { replace, computed }),
  entrypoints: list(text(), { replace, computed }),
  envs: set(text(), { replace, computed }),
  labels: labels({ replace, computed }),
  healthcheck: object(
    {
      tests: list(text(), { required: true }),
      interval: duration({ default: '0s' }),
      timeout: duration({ default: '0s' }),
      startPeriod: duration({ default: '0s' }),
      startInterval: duration({ default: '0s' }),
      retries: number({ valid: atLeast(0) }),
    },
    { computed },
  ),
  hostname: text({ replace, computed }),
  domainname: text({ replace }),
  user: text({ replace, computed }),
  workingDir: text({ replace, computed }),
  init: flag({ computed }),
  readOnly: flag({ replace }),
  privileged: flag({ replace }),
  capabilities: object(
    { adds: set(text(), { replace }), drops: set(text(), { replace }) },
    { replace },
  ),
  securityOpts: set(text(), { replace, computed }),
  memory: number({ valid: atLeast(0) }),
  memorySwap: number({ valid: atLeast(-1) }),
  memoryReservation: number({ valid: atLeast(0) }),
  shmSize: number({ replace, computed, valid: atLeast(0) }),
  logDriver: text({ replace, computed }),
  logOpts: map({ replace }),
  mounts: mounts({ replace }),
  tmpfs: map(),
  uploads: set(
    object({
      file: text({ required: true, replace }),
      content: text({ replace }),
      contentBase64: text({ replace }),
      executable: flag({ replace }),
      permissions: text({ replace, valid: matching(/^0[0-7]{3}$/, 'a mode such as 0444') }),
      ...unsupported(['source', 'sourceHash', 'owner', 'group']),
    }),
    // The engine never tells them back, so no element can be followed from state to program.
    { replace, wholly: true },
  ),
  networkMode: text({ replace, default: 'bridge' }),
  networksAdvanced: set(
    object({
      name: text({ required: true, replace }),
      aliases: set(text(), { replace }),
      ipv4Address: text({ replace }),
      ipv6Address: text({ replace }),
      ...unsupported(['driverOpts', 'gwPriority', 'linkLocalIps', 'macAddress']),
    }),
    { replace },
  ),
  ports: list(
    object({
      internal: number({ required: true, replace, valid: atLeast(1) }),
      external: number({ replace, computed, valid: atLeast(1) }),
      ip: text({ replace, default: '0.0.0.0' }),
      protocol: text({ replace, default: 'tcp', valid: oneOf('tcp', 'udp', 'sctp') }),
    }),
    { replace },
  ),
  hosts: set(
    object({ host: text({ required: true, replace }), ip: text({ required: true, replace }) }),
    { replace },
  ),
  restart: text({ default: 'no', valid: oneOf('no', 'on-failure', 'always', 'unless-stopped') }),
  maxRetryCount: number(),
  rm: flag(),
  removeVolumes: flag({ default: true }),
  start: flag({ default: true }),
  mustRun: flag({ default: true }),
  wait: flag(),
  waitTimeout: number({ default: 60, valid: atLeast(1) }),
  stopSignal: text({ replace, computed }),
  stopTimeout: number({ replace, computed }),
  destroyGraceSeconds: number({ valid: atLeast(0) }),
  containerReadRefreshTimeoutMilliseconds: number({ default: 15_000 }),
  sysctls: map({ replace }),
  ipcMode: text({ replace, computed }),
  groupAdds: set(text(), { replace }),
  ...unsupported(['attach', 'logs', 'cpuPeriod', 'cpuQuota', 'cpuSet', 'cpuShares']),
  ...unsupported(['deviceReadBps', 'deviceReadIops', 'deviceWriteBps', 'deviceWriteIops']),
  ...unsupported(
    [
      ...['cgroupParent', 'cgroupnsMode', 'cpus', 'deviceRequests', 'devices', 'dns', 'dnsOpts'],
      ...['dnsSearches', 'gpus', 'pidMode', 'platform', 'publishAllPorts', 'runtime'],
      ...['stdinOpen', 'storageOpts', 'tty', 'ulimits', 'usernsMode', 'volumes'],
    ],
    { replace },
  ),
  bridge: output(text()),
  containerLogs: output(text()),
  exitCode: output(number()),
  networkDatas: output(list(map())),
};

const MIB = 1024 * 1024;

export const mebibytes = (value: Value | undefined) => {
  const amount = Number(value ?? 0);
  return amount > 0 ? amount * MIB : amount;
};
const fromBytes = (bytes: number | undefined) =>
  bytes && bytes > 0 ? Math.floor(bytes / MIB) : (bytes ?? 0);

export function toEngine(inputs: Properties): Docker.ContainerCreateOptions {
  const health = inputs.healthcheck ? inside(inputs.healthcheck) : undefined;
  const time = (name: string) => nanoseconds(String(health?.[name] ?? '0s')) ?? 0;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of objects(inputs.ports)) {
    const key = `${port.internal}/${port.protocol}`;
    const HostPort = port.external === undefined ? '' : String(port.external);
    bindings[key] = [...(bindings[key] ?? []), { HostIp: String(port.ip), HostPort }];
  }
  const capabilities = inside(inputs.capabilities);
  return {
    name: String(inputs.name),
    Image: String(inputs.image),
    Hostname: String(inputs.hostname ?? ''),
    Domainname: String(inputs.domainname ?? ''),
    Env: strings(inputs.envs).sort(),
    Labels: labelsToEngine(inputs.labels),
    ...(inputs.command ? { Cmd: strings(inputs.command) } : {}),
    ...(inputs.entrypoints ? { Entrypoint: strings(inputs.entrypoints) } : {}),
    ...(inputs.user ? { User: String(inputs.user) } : {}),
    ...(inputs.workingDir ? { WorkingDir: String(inputs.workingDir) } : {}),
    ...(inputs.stopSignal ? { StopSignal: String(inputs.stopSignal) } : {}),
    ...(inputs.stopTimeout ? { StopTimeout: Number(inputs.stopTimeout) } : {}),
    ...(health
      ? {
          Healthcheck: {
            Test: strings(health.tests),
            Interval: time('interval'),
            Timeout: time('timeout'),
            StartPeriod: time('startPeriod'),
            StartInterval: time('startInterval'),
            Retries: Number(health.retries ?? 0),
          },
        }
      : {}),
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    HostConfig: {
      Privileged: inputs.privileged === true,
      RestartPolicy: {
        Name: String(inputs.restart),
        MaximumRetryCount: Number(inputs.maxRetryCount ?? 0),
      },
      AutoRemove: inputs.rm === true,
      ReadonlyRootfs: inputs.readOnly === true,
      LogConfig: { Type: String(inputs.logDriver ?? ''), Config: stringMap(inputs.logOpts) },
      Mounts: inOrder(objects(inputs.mounts), ({ target }) => String(target)).map(mountToEngine),
      Tmpfs: inputs.tmpfs ? stringMap(inputs.tmpfs) : undefined,
      PortBindings: bindings,
      ExtraHosts: objects(inputs.hosts).map(({ host, ip }) => `${host}:${ip}`),
      CapAdd: strings(capabilities.adds),
      CapDrop: strings(capabilities.drops),
      SecurityOpt: strings(inputs.securityOpts),
      Memory: mebibytes(inputs.memory),
      MemorySwap: mebibytes(inputs.memorySwap),
      MemoryReservation: mebibytes(inputs.memoryReservation),
      ShmSize: mebibytes(inputs.shmSize),
      NetworkMode: String(inputs.networkMode),
      Sysctls: inputs.sysctls ? stringMap(inputs.sysctls) : undefined,
      IpcMode: String(inputs.ipcMode ?? ''),
      GroupAdd: strings(inputs.groupAdds),
      Init: inputs.init === true,
    },
  };
}

/** What the program set, in the order in which the engine's answers are kept. */
export function wished(inputs: Properties): Properties {
  return {
    ...Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith('__'))),
    attach: false,
    logs: false,
    rm: inputs.rm ?? false,
    wait: inputs.wait ?? false,
    envs: strings(inputs.envs).sort(),
    labels: inOrder(objects(inputs.labels), ({ label }) => String(label)),
    uploads: objects(inputs.uploads),
    destroyGraceSeconds: inputs.destroyGraceSeconds ?? null,
  };
}

function networksOf(container: Docker.ContainerInspectInfo, asked: Value | undefined) {
  const wanted = objects(asked);
  const mode = container.HostConfig.NetworkMode;
  const own = container.Id.slice(0, 12);
  const found = Object.entries(container.NetworkSettings.Networks)
    .filter(([name]) => name !== mode || wanted.some((wish) => wish.name === name))
    .map(([name, settings]) => {
      const wish = wanted.find((item) => item.name === name || item.name === settings.NetworkID);
      return {
        name: String(wish?.name ?? name),
        aliases: strings(settings.Aliases)
          .filter((alias) => alias !== own)
          .sort(),
        ipv4Address: settings.IPAMConfig?.IPv4Address ?? '',
        ipv6Address: settings.IPAMConfig?.IPv6Address ?? '',
        driverOpts: [],
        gwPriority: 0,
        linkLocalIps: [],
        macAddress: '',
      };
    });
  return inOrder(found, ({ aliases, name }) => networkOrder(aliases, name));
}

function portsOf(container: Docker.ContainerInspectInfo): Properties[] {
  return Object.entries(container.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
    const [internal, protocol] = key.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      internal: Number(internal),
      external: Number(HostPort),
      ip: HostIp,
      protocol: protocol ?? 'tcp',
    }));
  });
}

function healthOf(container: Docker.ContainerInspectInfo): Value {
  const health = container.Config.Healthcheck as
    | (Docker.HealthConfig & { StartInterval?: number })
    | undefined;
  if (!health?.Test) return null;
  return {
    tests: health.Test,
    interval: longDuration(health.Interval),
    timeout: longDuration(health.Timeout),
    startPeriod: longDuration(health.StartPeriod),
    startInterval: longDuration(health.StartInterval),
    retries: health.Retries ?? 0,
  };
}

function asList(value: string | string[] | null | undefined): string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}

/** What the engine tells of a container beyond the client's types. */
export interface Inspected extends Docker.ContainerInspectInfo {
  Config: Docker.ContainerInspectInfo['Config'] & { StopSignal?: string; StopTimeout?: number };
  NetworkSettings: Docker.ContainerInspectInfo['NetworkSettings'] & { Bridge?: string };
}

/** The container as it is; `before` has what the engine doesn't tell. */
export function fromEngine(container: Inspected, before: Properties): Properties {
  const { Config: config, HostConfig: host } = container;
  const drops = host.CapDrop ?? [];
  const adds = host.CapAdd ?? [];
  const networks = Object.entries(container.NetworkSettings.Networks);
  const isRunning = container.State.Running;
  const isMeantToRun = before.start !== false && before.mustRun !== false;
  const isHealthy = container.State.Health?.Status === 'healthy';
  return {
    ...before,
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    image: container.Image,
    command: asList(config.Cmd),
    entrypoints: asList(config.Entrypoint),
    hostname: config.Hostname,
    domainname: config.Domainname,
    user: config.User,
    workingDir: config.WorkingDir,
    healthcheck: healthOf(container),
    init: host.Init ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    privileged: host.Privileged ?? false,
    capabilities: drops.length || adds.length ? { adds, drops } : null,
    securityOpts: host.SecurityOpt ?? [],
    memory: fromBytes(host.Memory),
    memorySwap: fromBytes(host.MemorySwap),
    memoryReservation: fromBytes(host.MemoryReservation),
    shmSize: fromBytes(host.ShmSize),
    logDriver: host.LogConfig?.Type ?? '',
    logOpts: host.LogConfig?.Config ?? {},
    mounts: inOrder((host.Mounts ?? []).map(mountFromEngine), ({ target }) => String(target)),
    tmpfs: (host.Tmpfs as Record<string, string> | undefined) ?? {},
    networkMode: host.NetworkMode ?? '',
    networksAdvanced: networksOf(container, before.networksAdvanced),
    networkDatas: networks.map(([networkName, settings]) => ({
      networkName,
      gateway: settings.Gateway,
      globalIpv6Address: settings.GlobalIPv6Address,
      globalIpv6PrefixLength: settings.GlobalIPv6PrefixLen,
      ipAddress: settings.IPAddress,
      ipPrefixLength: settings.IPPrefixLen,
      ipv6Gateway: settings.IPv6Gateway,
      macAddress: settings.MacAddress,
    })),
    bridge: container.NetworkSettings.Bridge ?? '',
    ports: isRunning ? portsOf(container) : (before.ports ?? []),
    hosts: (host.ExtraHosts ?? []).map((entry: string) => {
      const at = entry.indexOf(':');
      return { host: entry.slice(0, at), ip: entry.slice(at + 1) };
    }),
    restart: host.RestartPolicy?.Name ?? 'no',
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    rm: host.AutoRemove ?? false,
    // One that was stopped by hand, or is not healthy, shows as a difference; the update that
    // follows starts it, and waits for its health.
    mustRun: (before.mustRun ?? true) && (isRunning || !isMeantToRun),
    wait: before.wait === true && (isHealthy || !isMeantToRun),
    exitCode: isRunning ? null : container.State.ExitCode,
    containerLogs: null,
    stopSignal: config.StopSignal ?? '',
    stopTimeout: config.StopTimeout ?? 0,
    sysctls: host.Sysctls ?? {},
    ipcMode: host.IpcMode ?? '',
    groupAdds: host.GroupAdd ?? [],
    runtime: host.Runtime ?? '',
    platform: container.Platform,
    // The rest of the official plugin's outputs, none of which can be set here.
    cgroupParent: null,
    cgroupnsMode: null,
    cpuPeriod: null,
    cpuQuota: null,
    cpuSet: host.CpusetCpus ?? '',
    cpuShares: host.CpuShares ?? 0,
    cpus: null,
    deviceReadBps: [],
    deviceReadIops: [],
    deviceRequests: [],
    deviceWriteBps: [],
    deviceWriteIops: [],
    devices: [],
    dns: [],
    dnsOpts: [],
    dnsSearches: [],
    gpus: null,
    pidMode: null,
    publishAllPorts: false,
    stdinOpen: false,
    storageOpts: {},
    tty: false,
    ulimits: [],
    usernsMode: '',
    volumes: [],
  };
}
