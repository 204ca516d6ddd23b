// `npm run nodes`: the servers of the Swarm, what runs where, and which may be lost; adds one, empties one, takes one away.
import { setTimeout as pause } from 'node:timers/promises';
import type { Disk } from '../app/watch/src/facts';
import { sizeOf } from '../app/watch/src/lines';
import { docker } from '../host/docker';
import { EngineApi } from '../host/engine-api';
import { Problem } from '../host/problem';
import { isOwn } from '../infra/engine';
import { type NodeRole, nodeLabels, nodeRoles } from '../infra/names';
import { type InspectedNode, type Load, losses, type Node, nodeOf } from '../infra/nodes';
import type { Arguments } from './arguments';
import { readDisks } from './disks';
import { crowded, spread } from './spread';
import { Stack } from './stack';
import { confirm } from './terminal';
import { prepareTrial, type Trial, tryOut, untilGate } from './trial';

export async function main({ stack: name, yes, words, flags }: Arguments): Promise<number> {
  const [act, what] = words;
  const stack = new Stack(name);
  const engine = new EngineApi();
  try {
    const swarm = await readSwarm(engine, stack.prefix);
    if (act === undefined) {
      const ready = swarm.servers.filter((server) => server.isReady && server.takesTasks);
      const disks = flags.has('disks') ? await readDisks(engine, stack, ready.length) : undefined;
      process.stdout.write(`${listed(swarm, disks)}\n`);
      return 0;
    }
    if (!isAct(act))
      throw new Problem(
        `"${act}" is none of ${Object.keys(acts).join(', ')}: npm run help -- nodes`,
      );
    if (what === undefined)
      throw new Problem(`${act} what? npm run nodes -- ${act} ${acts[act].takes}`);
    return await acts[act].run({ engine, swarm, stack, yes }, what);
  } finally {
    engine.close();
  }
}

interface Act {
  readonly engine: EngineApi;
  readonly swarm: Swarm;
  readonly stack: Stack;
  readonly yes: boolean;
}

const acts = {
  add: { takes: 'ssh://<user>@<server>', run: add },
  data: { takes: '<node>', run: (act: Act, node: string) => label(act, node, 'data') },
  standby: { takes: '<node>', run: (act: Act, node: string) => label(act, node, 'standby') },
  edge: { takes: '<node>', run: (act: Act, node: string) => label(act, node, 'edge') },
  drain: { takes: '<node>', run: drain },
  return: { takes: '<node>', run: giveBack },
  remove: { takes: '<node>', run: remove },
} as const;

function isAct(word: string): word is keyof typeof acts {
  return Object.hasOwn(acts, word);
}

/** What is known of a server beside what the program looks at. */
export interface Server extends Node {
  readonly engine: string;
  /** Such as linux/amd64. */
  readonly platform: string;
  /** How many tasks of the stack run there, by tier. */
  readonly tasks: Readonly<Record<string, number>>;
}

export interface Swarm {
  readonly prefix: string;
  readonly servers: readonly Server[];
  readonly loads: readonly Load[];
  /** Whether commits wait for the standby. */
  readonly isSynchronous: boolean;
}

/** Of the engine's answers, what is read here: https://docs.docker.com/reference/api/engine/, NodeList, ServiceList. */
interface ListedNode extends InspectedNode {
  readonly Description: InspectedNode['Description'] & {
    readonly Engine: { readonly EngineVersion: string };
    readonly Platform: { readonly OS: string; readonly Architecture: string };
  };
}
interface InspectedService {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Mode: {
      readonly Replicated?: { readonly Replicas?: number };
      readonly Global?: object;
    };
    readonly TaskTemplate: {
      readonly ContainerSpec?: { readonly Env?: readonly string[] | null };
      readonly Placement?: { readonly Constraints?: readonly string[] };
      readonly Resources?: Readonly<
        Partial<Record<'Limits' | 'Reservations', { readonly MemoryBytes?: number }>>
      >;
    };
  };
}
/** The nodes as the engine tells them at this moment. */
export async function listNodes(engine: EngineApi): Promise<readonly ListedNode[]> {
  return (await engine.ask('GET', '/nodes')) as readonly ListedNode[];
}

export async function readSwarm(engine: EngineApi, prefix: string): Promise<Swarm> {
  const nodes = await listNodes(engine);
  const all = (await engine.ask('GET', '/services')) as readonly InspectedService[];
  const tasks = await engine.tasks({ 'desired-state': ['running'] });
  const tierOf = ({ Spec }: InspectedService) => Spec.Name.slice(prefix.length + 1);
  const services = all.filter(({ Spec }) => isOwn(Spec.Name, prefix));
  const labels = nodeLabels(prefix);
  return {
    prefix,
    servers: nodes
      .map((node) => {
        const running = services.flatMap((service) => {
          const here = tasks.filter(
            ({ ServiceID, NodeID, Status }) =>
              ServiceID === service.ID && NodeID === node.ID && Status.State === 'running',
          );
          return here.length > 0 ? [[tierOf(service), here.length] as const] : [];
        });
        const { Engine, Platform } = node.Description;
        return {
          ...nodeOf(node),
          engine: Engine.EngineVersion,
          platform: `${Platform.OS}/${architectures[Platform.Architecture] ?? Platform.Architecture}`,
          tasks: Object.fromEntries(running),
        };
      })
      .sort(byRole),
    isSynchronous: services.some(({ Spec }) =>
      Spec.TaskTemplate.ContainerSpec?.Env?.includes('SYNCHRONOUS=true'),
    ),
    loads: services.map((service) => {
      const { Mode, TaskTemplate } = service.Spec;
      const { Reservations, Limits } = TaskTemplate.Resources ?? {};
      const constraints = (TaskTemplate.Placement?.Constraints ?? []).join(' ');
      return {
        tier: tierOf(service),
        replicas: Mode.Replicated?.Replicas ?? 1,
        memoryMiB: (Reservations?.MemoryBytes ?? Limits?.MemoryBytes ?? 0) / 2 ** 20,
        place: Mode.Global
          ? 'everywhere'
          : !constraints
            ? 'anywhere'
            : (nodeRoles.find((role) => constraints.includes(`.${labels[role]}=`)) ?? 'data'),
      };
    }),
  };
}

/** Managers first, then by name. */
function byRole(a: Node, b: Node): number {
  return Number(b.isManager) - Number(a.isManager) || a.name.localeCompare(b.name);
}

/** As the engine's machines say it, and as images do. */
const architectures: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** A line a server, and what may be lost. @param disks by node id, if they were asked */
export function listed(swarm: Swarm, disks?: ReadonlyMap<string, Disk>): string {
  const labels = nodeLabels(swarm.prefix);
  const rows = swarm.servers.map((server) => [
    server.name,
    server.isManager ? 'manager' : 'worker',
    `${server.isReady ? 'ready' : 'DOWN'}${server.takesTasks ? '' : ', takes no tasks'}`,
    server.engine,
    server.platform,
    `${(server.memoryMiB / 1024).toFixed(1)} GiB`,
    ...(disks ? [freeOf(disks.get(server.id))] : []),
    nodeRoles.filter((role) => server.labels[labels[role]] === 'true').join(', '),
    Object.entries(server.tasks)
      .map(([tier, count]) => (count > 1 ? `${tier} x${count}` : tier))
      .join(', '),
  ]);
  const head = [
    ...['node', 'role', 'state', 'engine', 'platform', 'memory', ...(disks ? ['disk free'] : [])],
    ...['has', 'runs'],
  ];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const able = swarm.servers.filter(({ isReady, takesTasks }) => isReady && takesTasks);
  const emptiest = able.find((server) => crowded(swarm, server).length > 0);
  return [
    ...lines,
    '',
    ...losses(swarm.prefix, able, swarm.loads, swarm.isSynchronous),
    ...(emptiest
      ? [
          `${crowded(swarm, emptiest).join(', ')}: several tasks on one server, and none on ${emptiest.name}. Spread them with: ` +
            `npm run nodes -- return ${emptiest.name}`,
        ]
      : []),
  ].join('\n');
}

/** What is nearly full is in capitals: nothing is pulled there any more. */
function freeOf(disk: Disk | undefined): string {
  if (!disk) return 'unknown';
  const free = `${sizeOf(disk.free)} of ${sizeOf(disk.size)}`;
  return disk.free < disk.size * 0.1 ? `ONLY ${free}` : free;
}

/** @throws Problem that lists the nodes */
function find({ servers }: Swarm, name: string): Server {
  const found = servers.filter((server) => server.name === name || server.id === name);
  const [server] = found;
  if (!server)
    throw new Problem(
      `There is no node "${name}". There are: ${servers.map((one) => one.name).join(', ')}`,
    );
  if (found.length > 1)
    throw new Problem(
      `${found.length} nodes are called ${name}: name one by its id, ${found.map(({ id }) => id).join(' or ')}`,
    );
  return server;
}

async function label({ swarm, stack }: Act, name: string, what: NodeRole): Promise<number> {
  const server = find(swarm, name);
  const { [what]: key, data } = nodeLabels(stack.prefix);
  const holder = swarm.servers.find((one) => one.labels[key] === 'true' && one !== server);
  if (what === 'data' && holder)
    throw new Problem(
      `The data is on ${holder.name}, and a label does not move it. To have it on ${server.name}: npm run prod -- --recover ` +
        'there, from the copy off the server (docs/backups.md).',
    );
  if (what === 'standby' && server.labels[data] === 'true')
    throw new Problem(
      `${server.name} has the data: a standby there would be lost with it. Name another node.`,
    );
  if (what === 'standby' && !server.isManager)
    throw new Problem(
      `${server.name} is a worker, and could not take over without a manager. First, on a manager: docker node promote ${server.name}`,
    );
  if (what === 'standby' && holder && swarm.isSynchronous)
    throw new Problem(
      `Commits wait for the standby on ${holder.name}: until there is a whole copy on ${server.name}, nothing could be written. ` +
        `First: pulumi config rm --stack ${stack.name} databaseSynchronous, and npm run release`,
    );
  if (what === 'standby' && holder) await docker(['node', 'update', '--label-rm', key, holder.id]);
  await docker(['node', 'update', '--label-add', `${key}=true`, server.id]);
  process.stdout.write(`${server.name} ${said[what](stack.name)}\n`);
  return 0;
}

const said: Readonly<Record<NodeRole, (stack: string) => string>> = {
  data: (stack) => `has the data of stack ${stack}: database and backups run there.`,
  standby: () => 'follows the database, if databaseReplicas is 1.',
  edge: () => "publishes the site's port, if edgeReplicas has one for it.",
};

interface Info {
  readonly Name: string;
  readonly Architecture: string;
  readonly OSType: string;
  readonly Swarm: {
    readonly LocalNodeState: string;
    readonly NodeID: string;
    readonly RemoteManagers?: readonly { readonly Addr: string }[] | null;
  };
}

/** How long a server that has joined may take until it is ready, in seconds. */
const joins = 60;

async function add({ engine, swarm, stack, yes }: Act, address: string): Promise<number> {
  const own = (await engine.ask('GET', '/info')) as Info;
  // NodeAddr changes with --force-new-cluster; where managers are found does not.
  const [manager] = own.Swarm.RemoteManagers ?? [];
  if (!manager || /^(127\.|\[::1)/.test(manager.Addr)) throw new Problem(onLoopback);
  const other = new EngineApi(address);
  try {
    const theirs = (await other.ask('GET', '/info')) as Info;
    const broken = brokenCandidate(theirs, swarm.servers);
    if (broken) throw new Problem(broken);
    const question = `${theirs.Name} (${address}) becomes a worker of this Swarm: it may be given tasks, with the secrets that they need. Go on?`;
    const trial = await prepareTrial(engine, stack);
    if (!(await confirm(question, yes))) return 1;
    const { JoinTokens } = (await engine.ask('GET', '/swarm')) as {
      readonly JoinTokens: { readonly Worker: string };
    };
    // By the API: on a command line, every account of the machine could read the token.
    await other.ask('POST', '/swarm/join', {
      ListenAddr: '0.0.0.0:2377',
      RemoteAddrs: [manager.Addr],
      JoinToken: JoinTokens.Worker,
    });
    const { NodeID: node } = ((await other.ask('GET', '/info')) as Info).Swarm;
    const why = await whyUnfit(engine, node, trial, stack.prefix).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      return error.message;
    });
    if (why) {
      await other.ask('POST', '/swarm/leave?force=true');
      await engine.ask('DELETE', `/nodes/${node}?force=true`);
      throw new Problem(
        `${theirs.Name} is taken out of the Swarm again: ${why} (docs/servers.md).`,
      );
    }
  } finally {
    other.close();
  }
  process.stdout.write(
    'It is ready, has the images, and reaches the database. Tasks come to it with the next release; `npm run nodes` shows them.\n',
  );
  return 0;
}

/** Why a server that has joined can't have tasks, or undefined. */
async function whyUnfit(engine: EngineApi, node: string, trial: Trial, prefix: string) {
  return (await whyNotReady(engine, node)) ?? tryOut(engine, trial, { prefix, node });
}

async function whyNotReady(engine: EngineApi, id: string): Promise<string | undefined> {
  for (let second = 0; second < joins; second++) {
    const nodes = (await listNodes(engine)).map(nodeOf);
    if (nodes.some((node) => node.id === id && node.isReady)) return undefined;
    await pause(1000);
  }
  return `it has joined, but is not ready after ${joins} s; it must reach the manager at 2377/tcp`;
}

const onLoopback =
  'The Swarm of this server is on loopback, where no other reaches it, and a Swarm keeps its address. Make it anew on an ' +
  'address that the others reach and the internet does not; data stays, and the site is away until the last of these has ' +
  'ended: docker service ls -q | xargs -r docker service rm && until [ -z "$(docker ps -q -f label=com.docker.swarm.service.id)" ]; do sleep 1; done && docker swarm leave --force && docker swarm init --advertise-addr <address> --listen-addr <address>:2377 && ' +
  'npm run release (docs/servers.md)';

/** Why a server can't join, or undefined. */
export function brokenCandidate(
  { Name, Architecture, OSType, Swarm: { LocalNodeState, NodeID } }: Info,
  servers: readonly Server[],
): string | undefined {
  if (servers.some(({ id }) => id === NodeID))
    return `${Name} is a node of this Swarm already: npm run nodes`;
  if (LocalNodeState !== 'inactive')
    return `${Name} is in another Swarm; if nothing there is needed, on it: docker swarm leave --force`;
  const platform = `${OSType}/${architectures[Architecture] ?? Architecture}`;
  const needed = servers[0]?.platform;
  if (needed !== undefined && platform !== needed)
    return `${Name} is ${platform}, and images are built for ${needed}: it would get no task`;
  return undefined;
}

/** Empties a node without a gap: what can run elsewhere is started there before it ends here. */
async function drain(act: Act, name: string): Promise<number> {
  const { swarm, stack, yes } = act;
  const server = find(swarm, name);
  const broken = brokenDrain(swarm, server);
  if (broken) throw new Problem(broken);
  const moving = movable(swarm, server);
  const question = `${server.name} gets no tasks any more${moving.length > 0 ? `, and those of ${moving.join(', ')} move` : ''}. Go on?`;
  if (!(await confirm(question, yes))) return 1;
  await docker(['node', 'update', '--availability', 'pause', server.id]);
  // Drained at once, they would end here before they are there.
  for (const tier of moving)
    await docker(['service', 'update', '--quiet', '--force', `${stack.prefix}-${tier}`]);
  await docker(['node', 'update', '--availability', 'drain', server.id]);
  process.stdout.write(
    `${server.name} is empty. It comes back, with a share of the tasks, with: npm run nodes -- return ${server.name}\n`,
  );
  return 0;
}

/** Tiers that have tasks on a server and may have them elsewhere. */
export function movable({ loads }: Swarm, { tasks }: Server): string[] {
  return loads.flatMap(({ tier, place }) => (place === 'anywhere' && tasks[tier] ? [tier] : []));
}

/** Why a server can't be emptied, or undefined. */
export function brokenDrain(
  { prefix, servers, loads, isSynchronous }: Swarm,
  server: Server,
): string | undefined {
  const labels = nodeLabels(prefix);
  const without = servers.filter((one) => one.id !== server.id && one.isReady && one.takesTasks);
  if (without.length === 0) return `${server.name} is the only node that takes tasks.`;
  if (server.labels[labels.data] === 'true')
    return (
      `${server.name} has the data, which no label moves. To have it elsewhere: ` +
      (loads.some(({ tier }) => tier === 'standby')
        ? 'npm run failover, where its standby is (docs/standby.md).'
        : 'npm run prod -- --recover there, from the copy off the server (docs/backups.md).')
    );
  if (server.labels[labels.standby] === 'true' && isSynchronous)
    return (
      `${server.name} has the standby that commits wait for: nothing could be written. First: ` +
      'pulumi config rm databaseSynchronous, and npm run release'
    );
  const isEdge = (one: Server) => one.labels[labels.edge] === 'true';
  if (isEdge(server) && !without.some(isEdge))
    return `${server.name} alone publishes the site's port; say of another first that it does: npm run nodes -- edge <node>`;
  return undefined;
}

async function giveBack({ engine, swarm, yes }: Act, name: string): Promise<number> {
  const server = find(swarm, name);
  const spreading = crowded(swarm, server);
  const question = `${server.name} takes tasks again${spreading.length > 0 ? `, and ${spreading.join(', ')} spread over it` : ''}. Go on?`;
  if (!(await confirm(question, yes))) return 1;
  await docker(['node', 'update', '--availability', 'active', server.id]);
  const servers = swarm.servers.map((one) => (one === server ? { ...one, takesTasks: true } : one));
  const without =
    swarm.loads.some(({ tier }) => tier === 'gate') &&
    (await untilGate(engine, `${swarm.prefix}-gate`, server.id));
  if (without) throw new Problem(`${server.name} takes tasks, but has none: ${without}`);
  await spread(engine, { ...swarm, servers }, spreading);
  process.stdout.write(`${server.name} takes tasks.\n`);
  return 0;
}

/** After a release, which is done: all that is crowded, over all servers that take tasks. Where that fails, it is said. */
export async function spreadAll(stack: Stack): Promise<void> {
  const engine = new EngineApi();
  try {
    const swarm = await readSwarm(engine, stack.prefix);
    const taking = swarm.servers.filter(({ isReady, takesTasks }) => isReady && takesTasks);
    await spread(engine, swarm, [...new Set(taking.flatMap((server) => crowded(swarm, server)))]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`Its tasks are not spread over the servers: ${error.message}\n`);
  } finally {
    engine.close();
  }
}

async function remove(act: Act, name: string): Promise<number> {
  const server = find(act.swarm, name);
  if (server.isReady && server.takesTasks) {
    const code = await drain(act, name);
    if (code !== 0) return code;
  } else if (!(await confirm(`${server.name} is no node any more. Go on?`, act.yes))) return 1;
  await docker(['node', 'rm', '--force', server.id]);
  process.stdout.write(
    `${server.name} is no node any more. If it runs, on it: docker swarm leave\n`,
  );
  return 0;
}
