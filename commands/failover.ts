// `npm run failover`: the database goes on where its standby is, whether its own server is lost or well. Two labels change
// places: each server has a volume of the same name, and its tier goes on with what it finds there (app/db).
import { setTimeout as pause } from 'node:timers/promises';
import { docker } from '../host/docker';
import { EngineApi } from '../host/engine-api';
import { Problem } from '../host/problem';
import { nodeLabels } from '../infra/names';
import type { Arguments } from './arguments';
import { refuseExternal } from './external';
import { readSwarm, type Server, type Swarm } from './nodes';
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
    const read = () => readSwarm(engine, stack.prefix).catch(withoutQuorum);
    const swarm = await read();
    const roles = rolesOf(swarm, NodeID, name.name);
    // A database that is to have no task: an earlier failover was interrupted.
    if (!roles.isUnfinished) {
      const facts = parseStandbyFacts(await stack.inTier('standby', 'standby', 'facts'));
      const broken = brokenStandby(facts, roles);
      if (broken) throw new Problem(broken);
      if (!(await confirm(question(facts, roles), yes))) return 1;
    }
    await scale(stack, 'db', 0);
    await untilEnded(roles, 'db', read);
    await scale(stack, 'standby', 0);
    await untilEnded(roles, 'standby', read);
    await exchange(stack, roles);
    await scale(stack, 'db', 1);
    await untilHealthy(stack, roles);
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
  readonly isUnfinished: boolean;
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
  const replicas = swarm.loads.find(({ tier }) => tier === 'db')?.replicas;
  if (!swarm.loads.some(({ tier }) => tier === 'standby'))
    throw new Problem(
      `No standby follows the database of stack ${stack}: pulumi config set --stack ${stack} databaseReplicas 1 (docs/standby.md). ` +
        'Without one, docs/backups.md has the way back.',
    );
  // The labels have changed places, and no more.
  if (replicas === 0 && own && own === data)
    return { next: own, last: standby, isUnfinished: true };
  if (!own || own !== standby)
    throw new Problem(
      `${own?.name ?? 'This server'} has no standby${standby ? `: it is on ${standby.name}` : ''}. The database goes on where the ` +
        `engine in use is; name that, with: pulumi config set --stack ${stack} docker:host ssh://<user>@${standby?.name ?? '<server>'}`,
    );
  return { next: own, last: data ?? other, isUnfinished: replicas === 0 };
}

/** What `standby facts` tells. */
export interface StandbyFacts {
  readonly state: string;
  /** Of the last write that it has. */
  readonly change: Date | undefined;
  readonly isSynchronous: boolean;
}

export function parseStandbyFacts(text: string): StandbyFacts {
  const value = (name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  const change = value('change');
  return {
    state: value('state') ?? 'waits',
    change: change === undefined ? undefined : new Date(Number(change) * 1000),
    isSynchronous: /^synchronous$/m.test(text),
  };
}

/** Why the database can't go on there, or undefined. */
export function brokenStandby({ state }: StandbyFacts, { next, last }: Roles): string | undefined {
  if (state === 'follows') return undefined;
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
    return `${next.name} has the database from here on, and ${other} follows it. Writes wait for some seconds, and none is lost. Go on?`;
  const upTo = change ? change.toISOString().replace('T', ' ').slice(0, 19) : 'an unknown moment';
  return (
    `${next.name} has the database from here on, as of its last write at ${upTo} UTC. ` +
    (isSynchronous
      ? 'Commits waited for it: no write that was acknowledged is lost. '
      : `What was acknowledged on ${other} after that is lost. `) +
    `When ${other} is back, it follows. Go on?`
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

/** On a server that is lost, nobody waits for it: its label goes, and it gets no such task again. */
async function untilEnded(
  { next, last }: Roles,
  tier: 'db' | 'standby',
  read: () => Promise<Swarm>,
): Promise<void> {
  for (let second = 0; second < endsWithin; second++) {
    const { servers } = await read();
    const running = servers.filter((server) => server.isReady && server.tasks[tier]);
    if (running.length === 0) return;
    await pause(1000);
  }
  throw new Problem(
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

async function untilHealthy(stack: Stack, { next }: Roles): Promise<void> {
  for (let second = 0; second < beginsWithin; second++) {
    if ((await stack.containers('db', 'health=healthy')).length > 0) return;
    await pause(1000);
  }
  throw new Problem(
    `The database does not get healthy on ${next.name}: see docker service ps --no-trunc ${stack.prefix}-db; the same command goes on`,
  );
}
