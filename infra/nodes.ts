// The nodes of a Swarm, and whether a stack fits them: images that all can have, one place for the data, ports for the edge.
import * as pulumi from '@pulumi/pulumi';
import { linesOf, tryDockerSync } from '../host/docker';
import type { StackConfig } from './config';
import type { Engine } from './engine';
import { type NodeRole, nodeLabels, nodeRoles, paperVariable } from './names';

export interface Node {
  readonly id: string;
  readonly name: string;
  readonly isManager: boolean;
  /** Not drained and not paused; it may be down for a moment. */
  readonly takesTasks: boolean;
  readonly isReady: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
}

/** A service of the stack, as far as it matters where its tasks may run. */
export interface Load {
  readonly tier: string;
  readonly replicas: number;
  /** What a task reserves. */
  readonly memoryMiB: number;
  readonly place: NodeRole | 'anywhere' | 'everywhere';
}

/** Of `docker node inspect`, and of the API's list, as far as it is read here. */
export interface InspectedNode {
  readonly ID: string;
  readonly Spec: {
    readonly Labels?: Readonly<Record<string, string>>;
    readonly Role: string;
    readonly Availability: string;
  };
  readonly Description: {
    readonly Hostname: string;
    readonly Resources: { readonly MemoryBytes: number };
  };
  readonly Status: { readonly State: string };
}

export function nodeOf({ ID, Spec, Description, Status }: InspectedNode): Node {
  return {
    id: ID,
    name: Description.Hostname,
    isManager: Spec.Role === 'manager',
    takesTasks: Spec.Availability === 'active',
    isReady: Status.State === 'ready',
    labels: Spec.Labels ?? {},
    memoryMiB: Math.floor(Description.Resources.MemoryBytes / 2 ** 20),
  };
}

/**
 * The nodes of a stack with a registry; undefined without one, on containers, and where no engine answers.
 *
 * @throws pulumi.RunError for nodes that the stack does not fit
 */
export function findNodes(
  config: Pick<StackConfig, 'orchestrator' | 'platform' | Placed>,
  engine: Pick<Engine, 'address' | 'answered'>,
  stack: string,
  prefix: string,
): readonly Node[] | undefined {
  // An engine that was asked for its platform and didn't say is not asked again.
  if (config.orchestrator !== 'swarm' || (config.platform === undefined && !engine.answered))
    return undefined;
  const ask = (...words: string[]) => tryDockerSync(['--host', engine.address, 'node', ...words]);
  const listed = ask('ls', '--format', '{{.ID}} {{.Self}}');
  if (!listed.ok) return undefined;
  const lines = linesOf(listed.stdout).map((line) => line.split(' '));
  // One alone, and nothing that says where its tasks go.
  if (lines.length === 1 && config.registry === undefined) return undefined;
  const inspected = ask('inspect', ...lines.map(([id = '']) => id));
  if (!inspected.ok) return undefined;
  const [self = ''] = lines.find(([, isSelf]) => isSelf === 'true') ?? [];
  const nodes = (JSON.parse(inspected.stdout) as readonly InspectedNode[]).map(nodeOf);
  const broken = misfit(config, nodes, { self, stack, prefix });
  if (broken) throw new pulumi.RunError(broken);
  return config.registry && nodes;
}

/** Those that are said to have it. */
function withRole(prefix: string, nodes: readonly Node[], what: NodeRole): readonly Node[] {
  const label = nodeLabels(prefix)[what];
  return nodes.filter(({ labels }) => labels[label] === 'true');
}

/**
 * The node that has the data, by id; in a preview without an engine undefined.
 *
 * @throws pulumi.RunError in an `up`: the images' tags count on it, and all would be built anew
 */
export function homeOf(prefix: string, nodes: readonly Node[] | undefined): string | undefined {
  if (!nodes && !pulumi.runtime.isDryRun() && !process.env[paperVariable])
    throw new pulumi.RunError(
      "The nodes of the Swarm can't be read, and the stack's own registry is on one of them: see docker node ls, then again",
    );
  return nodes?.find(({ labels }) => labels[nodeLabels(prefix).data] === 'true')?.id;
}

/**
 * Says in each plan how many nodes may be lost.
 *
 * @throws pulumi.RunError if the tasks have no room on the nodes, and would wait for it
 */
export function announceLosses(
  prefix: string,
  nodes: readonly Node[],
  loads: readonly Load[],
  isSynchronous: boolean,
): void {
  const taking = nodes.filter(({ takesTasks }) => takesTasks);
  if (!haveRoom(prefix, taking, loads))
    throw new pulumi.RunError(
      `The tasks of this stack reserve ${gib(reserved(loads))}, which the nodes that take tasks don't have where it is ` +
        `needed (${taking.map(({ name, memoryMiB }) => `${name} ${gib(memoryMiB)}`).join(', ')}). Add another with: ` +
        'npm run nodes -- add ssh://<user>@<server>, or lower backendReplicas or frontendReplicas',
    );
  if (taking.length > 1)
    void pulumi.log.info(losses(prefix, taking, loads, isSynchronous).join('\n'));
}

/**
 * What can't run now since its server is away, and would hold up a change of it: a line each, with what goes on without it.
 * Swarm gives a task that is bound to a server to no other, and waits.
 */
export function absences(
  { edgeReplicas, replication }: Pick<StackConfig, 'edgeReplicas' | 'replication'>,
  nodes: readonly Node[],
  { stack, prefix }: Pick<Place, 'stack' | 'prefix'>,
): readonly string[] {
  const having = (what: NodeRole) => withRole(prefix, nodes, what);
  const isThere = ({ isReady, takesTasks }: Node) => isReady && takesTasks;
  const set = (key: string, value: string) => `pulumi config set --stack ${stack} ${key} ${value}`;
  const edges = having('edge').filter(isThere).length;
  const noEdge = having('edge').filter(({ isReady }) => !isReady);
  const [standby] = replication ? having('standby').filter((node) => !isThere(node)) : [];
  const away = (name: string, what: string, mends: readonly string[]) =>
    `${name} is away, and has ${what}: where this changes that, it ends red. To go on without it until it is back: ` +
    mends.join(' && ');
  return [
    ...(edges < edgeReplicas && edges > 0 && noEdge.length > 0
      ? [
          away(noEdge.map(({ name }) => name).join(', '), 'an edge', [
            set('edgeReplicas', String(edges)),
          ]),
        ]
      : []),
    ...(standby
      ? [
          away(standby.name, 'the standby', [
            ...(replication?.isSynchronous
              ? [`pulumi config rm --stack ${stack} databaseSynchronous`]
              : []),
            set('databaseReplicas', '0'),
          ]),
        ]
      : []),
  ];
}

/**
 * Which of the nodes that take tasks may be lost: as many as leave room for what can run elsewhere, and never the one with
 * the data, nor the last one with the port, nor the one with the standby that commits wait for. A line each.
 */
export function losses(
  prefix: string,
  nodes: readonly Node[],
  loads: readonly Load[],
  isSynchronous: boolean,
): readonly string[] {
  const has = (what: NodeRole) => withRole(prefix, nodes, what);
  const [data] = has('data');
  if (nodes.length < 2 || !data)
    return ['One server: if it is lost, docs/backups.md has the way back.'];
  const lastEdge = has('edge').length === 1 ? has('edge')[0] : undefined;
  // Without a database of the stack's own, only backups are there.
  const home = loads.some(({ tier }) => tier === 'db') ? data : undefined;
  const [standby] = loads.some(({ tier }) => tier === 'standby') ? has('standby') : [];
  const waitedFor = isSynchronous ? standby : undefined;
  const others = nodes
    .filter((node) => node !== home && node !== lastEdge && node !== waitedFor)
    .sort((a, b) => b.memoryMiB - a.memoryMiB);
  // The worst that can happen to so many: the largest.
  const roomWithout = (lost: number) =>
    haveRoom(
      prefix,
      nodes.filter((node) => !others.slice(0, lost).includes(node)),
      loads,
    );
  let lost = 0;
  while (lost < others.length && roomWithout(lost + 1)) lost++;
  const names = others.map(({ name }) => name).join(', ');
  const may =
    lost === 0
      ? `No server may be lost: the tasks reserve ${gib(reserved(loads))}, for which the rest has no room.`
      : lost === others.length
        ? `May be lost, ${lost > 1 ? 'together, ' : ''}and the rest has room for everything: ${names}.`
        : `Of ${names}, ${lost} may be lost at once: then the rest has room for everything.`;
  const withoutHome =
    home && standby
      ? `${home.name} has the data: without it the site answers 503, and goes on on ${standby.name} by npm run failover` +
        `${quorumNote(nodes)}.`
      : home
        ? `${home.name} has the data: without it the site answers 503, and docs/backups.md has the way back.`
        : `${data.name} has the backups: without it none is made.`;
  return [
    ...(others.length > 0 ? [may] : []),
    withoutHome,
    ...(waitedFor
      ? [`${waitedFor.name} has the standby that commits wait for: without it nothing is written.`]
      : []),
    ...(lastEdge && lastEdge !== home
      ? [`${lastEdge.name} alone publishes the port: without it the site can't be reached.`]
      : []),
  ];
}

/** Swarm changes nothing without most of its managers: of fewer than three, none may be lost. */
function quorumNote(nodes: readonly Node[]): string {
  const managers = nodes.filter(({ isManager }) => isManager).length;
  return managers > 2
    ? ''
    : `, after docker swarm init --force-new-cluster there: see docs/standby.md for three managers`;
}

/**
 * Whether tasks find the memory that they reserve, each in its place, and one more of the largest that rolls beside the
 * one that it replaces. As Swarm does, a task goes to the node with the most left.
 */
function haveRoom(prefix: string, nodes: readonly Node[], loads: readonly Load[]): boolean {
  const everywhere = loads
    .filter((load) => load.place === 'everywhere')
    .reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  const left = new Map(nodes.map((node) => [node, node.memoryMiB - everywhere]));
  const place = (memoryMiB: number, among: readonly Node[]): boolean => {
    const [roomiest] = [...among].sort((a, b) => (left.get(b) ?? 0) - (left.get(a) ?? 0));
    if (!roomiest) return true;
    const rest = (left.get(roomiest) ?? 0) - memoryMiB;
    left.set(roomiest, rest);
    return rest >= 0;
  };
  const bound = nodeRoles.every((what) => {
    const there = withRole(prefix, nodes, what);
    return loads
      .filter((load) => load.place === what)
      .every(({ memoryMiB, replicas }) =>
        // A port is there once on each.
        what === 'edge'
          ? there.slice(0, replicas).every((node) => place(memoryMiB, [node]))
          : place(memoryMiB * replicas, there),
      );
  });
  const anywhere = loads
    .filter((load) => load.place === 'anywhere')
    .flatMap(({ memoryMiB, replicas }) => Array<number>(replicas).fill(memoryMiB))
    .sort((a, b) => b - a);
  return bound && [...anywhere.slice(0, 1), ...anywhere].every((memory) => place(memory, nodes));
}

function reserved(loads: readonly Load[]): number {
  return loads.reduce((sum, { replicas, memoryMiB }) => sum + replicas * memoryMiB, 0);
}

function gib(mebibytes: number): string {
  return `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** What config says of places. */
type Placed = 'registry' | 'edgeReplicas' | 'replication';

export interface Place {
  /** Id of the node whose engine was asked. */
  readonly self: string;
  readonly stack: string;
  readonly prefix: string;
}

/** Why a stack can't be on these nodes, and the mend; undefined, if it can. */
export function misfit(
  { registry, edgeReplicas, replication }: Pick<StackConfig, Placed>,
  nodes: readonly Node[],
  { self, stack, prefix }: Place,
): string | undefined {
  const taking = nodes.filter(({ takesTasks }) => takesTasks);
  const namesOf = (some: readonly Node[]) => some.map(({ name }) => name).join(', ');
  const own = nodes.find(({ id }) => id === self);
  if (registry === undefined) {
    if (taking.length < 2) return undefined;
    return (
      `The Swarm has ${taking.length} nodes that take tasks (${namesOf(taking)}), and the images of this stack are on ` +
      `the one that builds them alone. Name a registry that all of them reach, with: pulumi config set --stack ${stack} ` +
      `registry registry.example.com/team (docs/servers.md), or let the others take no tasks: docker node update ` +
      `--availability drain ${taking.find(({ id }) => id !== self)?.name}`
    );
  }
  const labels = nodeLabels(prefix);
  const labelled = (label: string) => nodes.filter((node) => node.labels[label] === 'true');
  const labelling = (what: NodeRole, node: string) =>
    `npm run nodes -- --stack ${stack} ${what} ${node}`;
  const data = labelled(labels.data);
  if (data.length === 0)
    return (
      `No node is said to have this stack's data (label ${labels.data}), where database and backups run; say so with: ` +
      labelling('data', own?.name ?? '<node>')
    );
  if (data.length > 1)
    return (
      `${data.length} nodes are said to have this stack's data (${namesOf(data)}), but it is on one; take the label off ` +
      `the others with: docker node update --label-rm ${labels.data} <node>`
    );
  if (own && data[0]?.id !== self)
    return (
      `This stack's data is on ${data[0]?.name}, but the engine in use is ${own.name}: backups and restores work beside ` +
      `the data. Name the engine there with: pulumi config set --stack ${stack} docker:host ssh://<user>@${data[0]?.name}` +
      (own.labels[labels.standby] === 'true'
        ? `. If that server is lost, go on with the standby here: npm run failover -- --stack ${stack}`
        : '')
    );
  const [standby, ...more] = labelled(labels.standby);
  const other = taking.find(({ labels: { [labels.data]: has } }) => has !== 'true')?.name;
  if (replication && !standby)
    return (
      `databaseReplicas is 1, and no node is said to have the standby (label ${labels.standby}); say so with: ` +
      labelling('standby', other ?? '<node>')
    );
  if (standby && more.length > 0)
    return (
      `${more.length + 1} nodes are said to have the standby (${namesOf([standby, ...more])}), but there is one; take the ` +
      `label off the others with: docker node update --label-rm ${labels.standby} <node>`
    );
  if (standby && standby === data[0])
    return (
      `${standby.name} is said to have both the data and their standby, and would lose both at once; take one label off with: ` +
      `docker node update --label-rm ${labels.standby} ${standby.name}`
    );
  if (standby && !standby.isManager)
    return (
      `${standby.name} is said to have the standby, and is a worker, which could not take over without a manager; make it one ` +
      `with: docker node promote ${standby.name}`
    );
  const edges = labelled(labels.edge).filter(({ takesTasks }) => takesTasks);
  if (edges.length < edgeReplicas)
    return (
      `edgeReplicas is ${edgeReplicas}, and ${edges.length === 0 ? 'no node is' : `only ${namesOf(edges)} is`} said to ` +
      `publish the site's port (label ${labels.edge}); say so of another with: ` +
      labelling(
        'edge',
        taking.find((node) => node.labels[labels.edge] !== 'true')?.name ?? '<node>',
      )
    );
  return undefined;
}
