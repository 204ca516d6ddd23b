import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { type Call, PartialFailure, type Resource } from '../plugin.ts';
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
import { type Engine, logText, pause, statusCode, unlessMissing, waitFor } from './engine.ts';
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

const schema: Schema = {
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
const WAIT_POLL_MS = 250;
const LAST_LINES = 20;

const mebibytes = (value: Value | undefined) => {
  const amount = Number(value ?? 0);
  return amount > 0 ? amount * MIB : amount;
};
const fromBytes = (bytes: number | undefined) =>
  bytes && bytes > 0 ? Math.floor(bytes / MIB) : (bytes ?? 0);

function options(inputs: Properties): Docker.ContainerCreateOptions {
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

function uploadOf(upload: Properties): { name: string; mode: number; content: Buffer } {
  const { content, contentBase64, permissions } = upload;
  if ((content === undefined) === (contentBase64 === undefined)) {
    throw new Error(`the upload of ${upload.file} needs either content or contentBase64`);
  }
  const mode = permissions ? Number.parseInt(String(permissions), 8) : undefined;
  return {
    name: String(upload.file),
    mode: mode ?? (upload.executable ? 0o744 : 0o644),
    content:
      content === undefined
        ? Buffer.from(String(contentBase64), 'base64')
        : Buffer.from(String(content)),
  };
}

/** What the program set, in the order in which the engine's answers are kept. */
function wished(inputs: Properties): Properties {
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
interface Inspected extends Docker.ContainerInspectInfo {
  Config: Docker.ContainerInspectInfo['Config'] & { StopSignal?: string; StopTimeout?: number };
  NetworkSettings: Docker.ContainerInspectInfo['NetworkSettings'] & { Bridge?: string };
}

/** The container as it is; `before` has what the engine doesn't tell. */
function stateOf(container: Inspected, before: Properties): Properties {
  const { Config: config, HostConfig: host } = container;
  const drops = host.CapDrop ?? [];
  const adds = host.CapAdd ?? [];
  const networks = Object.entries(container.NetworkSettings.Networks);
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
    ports: container.State.Running ? portsOf(container) : (before.ports ?? []),
    hosts: (host.ExtraHosts ?? []).map((entry: string) => {
      const at = entry.indexOf(':');
      return { host: entry.slice(0, at), ip: entry.slice(at + 1) };
    }),
    restart: host.RestartPolicy?.Name ?? 'no',
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    rm: host.AutoRemove ?? false,
    // A container that was stopped by hand shows as a difference, and an update starts it again.
    mustRun: before.mustRun === true && !container.State.Running ? false : (before.mustRun ?? true),
    exitCode: container.State.Running ? null : container.State.ExitCode,
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

/** The last lines of the log and the last probe of the health check, to go under an error. */
async function account(container: Docker.Container, info: Docker.ContainerInspectInfo) {
  const log = logText(
    await container
      .logs({ stdout: true, stderr: true, tail: LAST_LINES })
      .catch(() => Buffer.alloc(0)),
  ).trimEnd();
  const probe = info.State.Health?.Log?.at(-1);
  const name = info.Name.replace(/^\//, '');
  const indent = (block: string) => block.trimEnd().replace(/^/gm, '    ');
  return [
    probe
      ? `  the last probe ended with ${probe.ExitCode}:\n${indent(probe.Output)}`
      : '  no probe has ended yet',
    log
      ? `  the last lines of \`docker logs ${name}\`:\n${indent(log)}`
      : `  \`docker logs ${name}\` is empty`,
  ].join('\n');
}

async function waitUntilHealthy(
  container: Docker.Container,
  inputs: Properties,
  { signal, progress }: Call,
): Promise<void> {
  const seconds = Number(inputs.waitTimeout);
  const restarts = inputs.restart !== 'no';
  let info = await container.inspect();
  const healthy = await waitFor(
    seconds * 1000,
    signal,
    async () => {
      info = await container.inspect();
      const { Health, Running, Restarting } = info.State;
      if (!Health) throw new Error(`container ${inputs.name} has wait, but no health check`);
      if (Health.Status === 'healthy') return true;
      if (!Running && !Restarting && !restarts) return false;
      progress(`waiting for ${inputs.name} to be healthy: ${Health.Status}`);
      return undefined;
    },
    WAIT_POLL_MS,
  );
  if (healthy) return;
  const { Status, ExitCode } = info.State;
  const happened =
    healthy === false
      ? `it ended with exit code ${ExitCode}`
      : `it was ${Status} after ${seconds} s`;
  throw new Error(
    `container failed to be in healthy state: ${inputs.name}, ${happened}\n` +
      (await account(container, info)),
  );
}

async function remove(docker: Docker, id: string, state: Properties, { signal }: Call) {
  const container = docker.getContainer(id);
  const grace = Number(state.destroyGraceSeconds ?? 0);
  const isStopped = (error: unknown) => statusCode(error) === 304;
  if (grace > 0) {
    await unlessMissing(container.stop({ t: grace, abortSignal: signal })).catch((error) => {
      if (!isStopped(error)) throw error;
    });
  }
  const isGoing = (error: unknown) => statusCode(error) === 409;
  await unlessMissing(container.remove({ v: state.removeVolumes !== false, force: true })).catch(
    (error) => {
      if (!isGoing(error)) throw error;
    },
  );
  while (await unlessMissing(container.inspect())) await pause(100, signal);
}

export function container({ docker }: Engine): Resource {
  async function connect(made: Docker.Container, inputs: Properties): Promise<void> {
    const networks = inOrder(objects(inputs.networksAdvanced), ({ aliases, name }) =>
      networkOrder(strings(aliases).sort(), String(name)),
    );
    if (networks.length === 0) return;
    // Only its own networks, none by default.
    if (inputs.networkMode === 'bridge') {
      await docker.getNetwork('bridge').disconnect({ Container: made.id });
    }
    for (const { name, aliases, ipv4Address, ipv6Address } of networks) {
      await docker.getNetwork(String(name)).connect({
        Container: made.id,
        EndpointConfig: {
          Aliases: strings(aliases),
          IPAMConfig: {
            ...(ipv4Address ? { IPv4Address: String(ipv4Address) } : {}),
            ...(ipv6Address ? { IPv6Address: String(ipv6Address) } : {}),
          },
        },
      });
    }
  }

  async function upload(made: Docker.Container, inputs: Properties): Promise<void> {
    for (const { name, mode, content } of objects(inputs.uploads).map(uploadOf)) {
      const tar = pack();
      tar.entry({ name, mode }, content);
      tar.finalize();
      await made.putArchive(Readable.from(tar), { path: '/' });
    }
  }

  async function start(made: Docker.Container, inputs: Properties, call: Call): Promise<void> {
    await made.start().catch((error: Error) => {
      if (statusCode(error) === 304) return;
      const taken = /port is already allocated|address already in use/.test(error.message);
      const ports = objects(inputs.ports).map(({ ip, external }) => `${ip}:${external}`);
      const remedy = taken
        ? `; a port of ${ports.join(', ')} is taken: free it (\`ss -ltnp\` and \`docker ps\` ` +
          'tell who has it) or choose another in the stack config'
        : '';
      throw new Error(`unable to start container ${inputs.name}: ${error.message}${remedy}`);
    });
    if (inputs.wait) await waitUntilHealthy(made, inputs, call);
  }

  return {
    type: 'docker.Container',
    schema,
    autoName: true,
    async create(inputs, call) {
      const made = await docker.createContainer(options(inputs)).catch((error: Error) => {
        throw new Error(`unable to create container ${inputs.name}: ${error.message}`);
      });
      try {
        await connect(made, inputs);
        await upload(made, inputs);
        if (inputs.start) await start(made, inputs, call);
        return { id: made.id, state: stateOf(await made.inspect(), wished(inputs)) };
      } catch (error) {
        // Without what only a running container tells, the next update replaces it.
        const state = { ...wished(inputs), id: made.id };
        throw new PartialFailure((error as Error).message, made.id, state);
      }
    },
    async read(id, state) {
      const found = await unlessMissing(docker.getContainer(id).inspect());
      return found && stateOf(found, state);
    },
    async update(id, state, inputs, call) {
      const made = docker.getContainer(id);
      await made.update({
        RestartPolicy: {
          Name: String(inputs.restart),
          MaximumRetryCount: Number(inputs.maxRetryCount ?? 0),
        },
        Memory: mebibytes(inputs.memory),
        MemorySwap: mebibytes(inputs.memorySwap),
        MemoryReservation: mebibytes(inputs.memoryReservation),
      });
      const isStopped = state.mustRun === false && inputs.mustRun === true;
      if (isStopped && inputs.start) await start(made, inputs, call);
      // The rest can't change in a container that is there; the state keeps the program's word.
      return { ...stateOf(await made.inspect(), wished(inputs)), ...wished(inputs) };
    },
    delete: (id, state, call) => remove(docker, id, state, call),
  };
}
