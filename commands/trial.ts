// Whether a server can do what tasks need there: have the stack's images, and reach the others over the encrypted network.
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineApi, Task } from '../host/engine-api';
import { Problem } from '../host/problem';
import { registryOf } from '../host/stack';
import { registryAddress } from '../infra/names';
import { type Login, parseRegistry, registryAuthKey } from '../infra/registry';
import type { Stack } from './stack';

/** How long a gate may take to run there, a task to wait for the node, to pull its image, and to look for the database, in seconds. */
const patience = { gate: 300, start: 60, pull: 600, reach: 20 } as const;

/** What the task ends with. */
const exits = { reached: 0, unknownName: 3, noAnswer: 4, noDatabase: 5 } as const;

/** Asks the ports that it is told, as a task would: one over the network between the servers, and an external database. */
const script = `
const [[host, port], external] = process.argv.slice(1).map((end) => end.split(' '));
const limit = Date.now() + ${patience.reach} * 1000;
const ask = (host, port, answered, failed) => {
  const socket = require('node:net').connect({ host, port: Number(port), timeout: 2000 });
  socket.on('connect', () => {
    socket.destroy();
    answered();
  });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  socket.on('error', ({ code }) => {
    const isUnknown = ['ENOTFOUND', 'EAI_AGAIN'].includes(code);
    if (Date.now() > limit) process.exit(failed ?? (isUnknown ? ${exits.unknownName} : ${exits.noAnswer}));
    setTimeout(ask, 500, host, port, answered, failed);
  });
};
const end = () => process.exit(${exits.reached});
ask(host, port, external ? () => ask(...external, end, ${exits.noDatabase}) : end);`;

export interface Trial {
  /** The backend's, by its digest in the registry. */
  readonly image: string;
  /** Its networks, by id. */
  readonly networks: readonly string[];
  /** What is to answer there, each a host and a port. */
  readonly ends: readonly string[];
  /** What the registry lets in. */
  readonly login: (Login & { readonly server: string }) | undefined;
  /** The service that leads the server's engine to a registry of the stack's own; undefined for another. */
  readonly gate: string | undefined;
}

/** @throws Problem for a stack that has not been released by a registry yet */
export async function prepareTrial(engine: EngineApi, stack: Stack): Promise<Trial> {
  const first =
    "another server would get no task: the stack's images are on this one alone. First a registry and a release by it, " +
    'as docs/servers.md says';
  const registry = registryOf(stack.name);
  if (registry === undefined)
    throw new Problem(`Stack ${stack.name} has no registry, and ${first}.`);
  const service = (await engine.ask('GET', `/services/${stack.prefix}-backend`)) as {
    readonly Spec: {
      readonly TaskTemplate: {
        readonly ContainerSpec: { readonly Image: string; readonly Env?: readonly string[] };
        readonly Networks?: readonly { readonly Target: string }[];
      };
    };
  };
  const { ContainerSpec, Networks = [] } = service.Spec.TaskTemplate;
  const { Image: image, Env = [] } = ContainerSpec;
  if (!image.startsWith(`${registryAddress(registry)}/`))
    throw new Problem(`Stack ${stack.name} was not released by its registry yet, and ${first}.`);
  const problems: string[] = [];
  const found = parseRegistry(
    { registry, registryAuth: await stack.config(registryAuthKey) },
    {
      ...{ stack: stack.name, orchestrator: 'swarm', authIsSecret: true },
      problem: (text) => problems.push(text),
    },
  );
  if (problems.length > 0) throw new Problem(problems.join('\n'));
  return {
    image,
    networks: Networks.map(({ Target }) => Target),
    ends: endsOf(Env),
    login: found?.login && { ...found.login, server: found.server },
    gate: found?.isOwn ? `${stack.prefix}-gate` : undefined,
  };
}

/** @param environment the backend's: a name and a value each */
export function endsOf(environment: readonly string[]): readonly string[] {
  const said = (name: string) =>
    environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const database = `${said('DATABASE_HOST')} ${said('DATABASE_PORT')}`;
  return said('DATABASE_EXTERNAL') === 'true' ? [`backend ${said('PORT')}`, database] : [database];
}

/** What is read of a task. */
export type TrialTask = Pick<Task, 'Status'>;

/** A task that runs once, as the application's do: no root, no rights, nothing to write on. */
export function oneOff(image: string, command: readonly string[]) {
  return {
    ContainerSpec: {
      Image: image,
      Command: command,
      ...{ User: '1000', ReadOnly: true, CapabilityDrop: ['ALL'], Init: true },
      Healthcheck: { Test: ['NONE'] },
    },
    RestartPolicy: { Condition: 'none' },
  };
}

/**
 * Runs a task there that asks for the database, and takes it away again.
 *
 * @returns why the server can't have tasks, or undefined
 */
export async function tryOut(
  engine: EngineApi,
  { image, networks, ends, login, gate }: Trial,
  { prefix, node }: { readonly prefix: string; readonly node: string },
): Promise<string | undefined> {
  const without = gate && (await untilGate(engine, gate, node));
  if (without) return without;
  const service = {
    Name: `${prefix}-trial`,
    TaskTemplate: {
      ...oneOff(image, ['node', '--eval', script, '--', ...ends]),
      Placement: { Constraints: [`node.id==${node}`] },
      Networks: networks.map((Target) => ({ Target })),
    },
    Mode: { Replicated: { Replicas: 1 } },
    EndpointSpec: { Mode: 'dnsrr' },
  };
  return whileThere(engine, service, login, async () => {
    const since = Date.now();
    for (;;) {
      const [task] = await engine.tasks({ service: [service.Name] });
      const verdict = verdictOf(task, (Date.now() - since) / 1000);
      if (verdict !== 'not yet') return verdict;
      await pause(500);
    }
  });
}

/** Swarm starts a gate on each node by itself. @returns why there is none, or undefined */
export async function untilGate(
  engine: EngineApi,
  gate: string,
  node: string,
): Promise<string | undefined> {
  const until = Date.now() + patience.gate * 1000;
  for (;;) {
    const [task] = await engine.tasks({
      ...{ service: [gate], node: [node] },
      'desired-state': ['running'],
    });
    if (task?.Status.State === 'running') return undefined;
    if (Date.now() > until)
      return (
        `no ${gate} runs there within ${patience.gate} s, by which its engine would reach the stack's registry` +
        (task?.Status.Err ? `: ${task.Status.Err}` : '')
      );
    await pause(500);
  }
}

/** Makes a service for as long as that takes, in place of one that an interrupted command has left. */
export async function whileThere<T>(
  engine: EngineApi,
  service: { readonly Name: string },
  login: Trial['login'],
  work: () => Promise<T>,
): Promise<T> {
  const path = `/services/${service.Name}`;
  await engine.ask('DELETE', path).catch(() => undefined);
  await engine.ask('POST', '/services/create', service, {
    ...(login && { 'x-registry-auth': registryAuth(login) }),
  });
  try {
    return await work();
  } finally {
    await engine.ask('DELETE', path);
  }
}

/** As the engine reads it: JSON in base64 of the URL alphabet, padded. */
export function registryAuth({ username, password, server }: NonNullable<Trial['login']>): string {
  const text = JSON.stringify({ username, password, serveraddress: server });
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** @param seconds how long it has been waited for */
export function verdictOf(
  task: TrialTask | undefined,
  seconds: number,
): string | undefined | 'not yet' {
  const { State = 'new', Err, ContainerStatus } = task?.Status ?? {};
  const { ExitCode } = ContainerStatus ?? {};
  if (State === 'complete') return undefined;
  if (State === 'rejected')
    return `it can't have the stack's images: ${Err}. Its engine must reach the registry and trust its certificate`;
  if (State === 'failed' && ExitCode === exits.unknownName)
    return "it finds no name of the stack's network: 7946/tcp and 7946/udp must pass between the servers, both ways";
  if (State === 'failed' && ExitCode === exits.noAnswer)
    return (
      'from there the stack does not answer: 4789/udp and the protocol ESP (50) must pass between the servers, both ' +
      'ways, and both kernels must have ESP, since networks between servers are encrypted'
    );
  if (State === 'failed' && ExitCode === exits.noDatabase)
    return 'from there the database that databaseUrl names does not answer: who runs it must let that server in';
  if (State === 'failed') return `a task does not run there: ${Err ?? `exit ${ExitCode}`}`;
  const limit = ['preparing', 'starting', 'running'].includes(State)
    ? patience.pull + patience.reach
    : patience.start;
  if (seconds < limit) return 'not yet';
  return `no task starts there within ${limit} s, it is ${State}${Err ? `: ${Err}` : ''}`;
}
