// `npm run failover`: the database goes on where its standby is, whether its own server is lost or well. Two labels change
// places: each server has a volume of the same name, and its tier goes on with what it finds there (app/db).
import { sizeOf } from '../app/watch/src/lines';
import { docker } from '../host/docker';
import { EngineApi } from '../host/engine-api';
import { Problem } from '../host/problem';
import { until } from '../host/wait';
import { databaseName } from '../infra/database';
import { nodeLabels } from '../infra/names';
import { nodeOf } from '../infra/nodes';
import type { Arguments } from './arguments';
import { refuseExternal } from './external';
import { listNodes, readSwarm, type Server, type Swarm } from './nodes';
import { inDatabase } from './second-database';
import { Stack } from './stack';
import { confirm } from './terminal';

/** How long the database may take to end, and to be there again, in seconds. */
const endsWithin = 90;
const beginsWithin = 180;

export async function main({ stack: name, yes }: Arguments): Promise<number> {
  refuseExternal(name.name, 'its standby is promoted by who runs it');
  const stack = new Stack(name);
  const engine = new EngineApi();
  try {
    const { NodeID } = ((await engine.ask('GET', '/info')) as Info).Swarm;
    const swarm = await readSwarm(engine, stack.prefix).catch(withoutQuorum);
    const roles = rolesOf(swarm, NodeID, name.name);
    if (roles.left === 'all') {
      const facts = await readFacts(stack, engine, swarm, roles);
      const broken = brokenStandby(facts, roles);
      if (broken) throw new Problem(broken);
      if (!(await confirm(question(facts, roles), yes))) return 1;
    } else process.stdout.write('An earlier failover was interrupted: it goes on.\n');
    if (roles.left !== 'start') {
      await scale(stack, 'db', 0);
      await untilEnded(engine, stack, roles, 'db');
      await scale(stack, 'standby', 0);
      await untilEnded(engine, stack, roles, 'standby');
      await exchange(stack, roles);
    }
    await scale(stack, 'db', 1);
    await untilServing(stack, roles);
    await scale(stack, 'standby', 1);
    process.stdout.write(`${done(roles, stack.said)}\n`);
    return 0;
  } finally {
    engine.close();
  }
}

interface Info {
  readonly Swarm: { readonly NodeID: string };
}

/** Which server has what, and is to have it. */
export interface Roles {
  /** The standby's, whose engine is in use. */
  readonly next: Server;
  /** The database's until now; undefined: it is no node any more. */
  readonly last: Server | undefined;
  /** Of the steps; fewer than all where an earlier failover was interrupted: then neither tier is to have a task. */
  readonly left: 'all' | 'exchange' | 'start';
}

/** @throws Problem where this engine's server is not the standby's */
export function rolesOf(swarm: Swarm, self: string, stack: string): Roles {
  const labels = nodeLabels(swarm.prefix);
  const having = (what: 'data' | 'standby') =>
    swarm.servers.filter((server) => server.labels[labels[what]] === 'true');
  const own = swarm.servers.find(({ id }) => id === self);
  const [data] = having('data');
  // Two for a moment, while the labels change places.
  const [standby, other] = having('standby').sort((a, b) => Number(b === own) - Number(a === own));
  const replicasOf = (tier: string) => swarm.loads.find((load) => load.tier === tier)?.replicas;
  if (!swarm.loads.some(({ tier }) => tier === 'standby'))
    throw new Problem(
      `No standby follows the database of stack ${stack}: pulumi config set --stack ${stack} databaseReplicas 1 (docs/standby.md). ` +
        'Without one, docs/backups.md has the way back.',
    );
  // The labels have changed places, and no more.
  if (replicasOf('standby') === 0 && own && own === data)
    return { next: own, last: standby, left: 'start' };
  if (!own || own !== standby)
    throw new Problem(
      `${own?.name ?? 'This server'} has no standby${standby ? `: it is on ${standby.name}` : ''}. The database goes on where the ` +
        `engine in use is; name that, with: pulumi config set --stack ${stack} docker:host ssh://<user>@${standby?.name ?? '<server>'}`,
    );
  const isUnfinished = replicasOf('db') === 0 && replicasOf('standby') === 0;
  return { next: own, last: data ?? other, left: isUnfinished ? 'exchange' : 'all' };
}

/** What is known of the standby. */
export interface StandbyFacts {
  readonly state: string;
  /** Of the last write that it has. */
  readonly change: Date | undefined;
  /** Of the database's log, while it follows. */
  readonly bytesBehind: number;
  /** When it last followed. */
  readonly followed: Date | undefined;
  /** Whether commits waited for it then. */
  readonly isSynchronous: boolean;
}

export function parseStandbyFacts(text: string): StandbyFacts {
  const value = (name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  const date = (name: string) => {
    const seconds = value(name);
    return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
  };
  return {
    state: value('state') ?? 'waits',
    change: date('change'),
    bytesBehind: Number(value('behind') ?? 0),
    followed: date('followed'),
    isSynchronous: /^synchronous$/m.test(text),
  };
}

async function readFacts(
  stack: Stack,
  engine: EngineApi,
  { isSynchronous }: Swarm,
  { last }: Roles,
): Promise<StandbyFacts> {
  const facts = parseStandbyFacts(await stack.inTier('standby', 'standby', 'facts'));
  const begun = (await engine.tasks({ service: [`${stack.prefix}-db`] }))
    .filter(({ NodeID, DesiredState }) => NodeID === last?.id && DesiredState === 'running')
    .map(({ CreatedAt }) => Date.parse(CreatedAt));
  return { ...facts, isSynchronous: isSynchronous && hasAll(facts, begun) };
}

/**
 * Whether the standby has all that was acknowledged: it heard that commits wait for it, from the very task that is gone. Each
 * change of that setting makes a new one.
 *
 * @param begun when the tasks began that may have been the database, in milliseconds since 1970
 */
export function hasAll(
  { isSynchronous, followed }: StandbyFacts,
  begun: readonly number[],
): boolean {
  return (
    isSynchronous &&
    followed !== undefined &&
    begun.length > 0 &&
    begun.every((time) => followed.getTime() > time)
  );
}

/** What is sent while the database ends: more takes longer than it is given. */
const sentAtEnd = 64e6;

/** Why the database can't go on there, or undefined. */
export function brokenStandby(
  { state, bytesBehind }: StandbyFacts,
  { next, last }: Roles,
): string | undefined {
  if (state === 'follows')
    return bytesBehind < sentAtEnd
      ? undefined
      : `The standby on ${next.name} is ${sizeOf(bytesBehind)} behind: wait until it has less to take (npm run status).`;
  if (state !== 'alone')
    return `The standby on ${next.name} is no whole copy yet (it ${state}): the database can't go on there. docs/backups.md has the way back.`;
  return last?.isReady && last.tasks.db
    ? `The standby on ${next.name} does not follow the database on ${last.name}, which runs: what came since would be lost. See docker service logs of the standby, and npm run nodes`
    : undefined;
}

/** What is asked before anything happens. */
export function question({ state, change, isSynchronous }: StandbyFacts, roles: Roles): string {
  const { next, last } = roles;
  const other = last?.name ?? 'the other server';
  if (state === 'follows')
    return `${next.name} has the database from here on, and ${other} follows it. Writes wait for some seconds, and none is lost while ${other} is well. Go on?`;
  const upTo = change ? change.toISOString().replace('T', ' ').slice(0, 19) : 'an unknown moment';
  return (
    `${next.name} has the database from here on, as of its last write at ${upTo} UTC. ` +
    (isSynchronous
      ? 'Commits waited for it: no write that was acknowledged is lost. '
      : `What was acknowledged on ${other} after that is lost. `) +
    `Be sure that ${other} is off: cut off from the others, it would serve on until it hears of this. When it is back, it follows. Go on?`
  );
}

export function done({ next, last }: Roles, stack: string): string {
  return (
    `${next.name} has the database. ${last ? `${last.name} follows it as soon as it is there.` : 'No server follows it: npm run nodes -- standby <node>.'}\n` +
    'Backups are made here from now on; those of before stay where they were. Once, without a look at the engine that the ' +
    `state still names: pulumi up --refresh=false --stack ${stack}`
  );
}

function withoutQuorum(error: unknown): never {
  if (error instanceof Problem && /does not have a leader|lost quorum/.test(error.message))
    throw new Problem(
      'Most managers of the Swarm are lost, and the rest change nothing. On this server, which then is the one manager: ' +
        'docker swarm init --force-new-cluster --advertise-addr <its address> --listen-addr <its address>:2377; then this ' +
        'command again (docs/standby.md)',
    );
  throw error;
}

async function scale(stack: Stack, tier: 'db' | 'standby', replicas: 0 | 1): Promise<void> {
  await docker(['service', 'scale', '--detach', `${stack.prefix}-${tier}=${replicas}`]);
}

/** States of a task whose container may be there. */
const mayRun = /^(assigned|accepted|preparing|ready|starting|running)$/;

/** On a server that is lost, nobody waits for it: its label goes, and it gets no such task again. */
async function untilEnded(
  engine: EngineApi,
  stack: Stack,
  { next, last }: Roles,
  tier: 'db' | 'standby',
): Promise<void> {
  const isGone = async () => {
    const nodes = (await listNodes(engine).catch(withoutQuorum)).map(nodeOf);
    // Whatever is wanted of it: one that is to end runs until it has.
    return !(await engine.tasks({ service: [`${stack.prefix}-${tier}`] })).some(
      ({ NodeID, Status }) =>
        mayRun.test(Status.State) && nodes.some(({ id, isReady }) => id === NodeID && isReady),
    );
  };
  await until(
    isGone,
    endsWithin,
    `The ${tier} did not end within ${endsWithin} s on ${last?.name ?? next.name}; the same command goes on`,
  );
}

async function exchange(stack: Stack, { next, last }: Roles): Promise<void> {
  const { data, standby } = nodeLabels(stack.prefix);
  const update = (...words: string[]) => docker(['node', 'update', ...words]);
  // The first one fences: whatever becomes of this command, the last server gets no database.
  if (last) await update(...relabel(last, data, standby), last.id);
  await update(...relabel(next, standby, data), next.id);
}

/** @returns words of `docker node update`, which refuses to remove a label that isn't there */
function relabel({ labels }: Server, from: string, to: string): string[] {
  return [
    ...(labels[from] === undefined ? [] : ['--label-rm', from]),
    ...['--label-add', `${to}=true`],
  ];
}

/** Until it may be written to: while it goes through its log, it is healthy already. */
async function untilServing(stack: Stack, { next }: Roles): Promise<void> {
  const serves = async () => {
    const [container] = await stack.containers('db', 'health=healthy');
    if (!container) return false;
    const asked = inDatabase(container, databaseName, 'SELECT pg_is_in_recovery()');
    return (await asked.catch(() => '')).trim() === 'f';
  };
  await until(
    serves,
    beginsWithin,
    `The database does not get ready on ${next.name}: see docker service ps --no-trunc ${stack.prefix}-db; the same command goes on`,
  );
}
