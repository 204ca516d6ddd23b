// Tasks are moved to servers that have none: Swarm spreads a service when it places it, and moves nothing later. Of two tasks
// on two servers that roll one after the other, both end up on one.
import { docker } from '../host/docker';
import type { EngineApi } from '../host/engine-api';
import { until } from '../host/wait';
import type { Server, Swarm } from './nodes';

/** Tiers of which another server has two tasks or more, and this one has none, though it is large enough. */
export function crowded({ loads, servers }: Swarm, { id }: Pick<Server, 'id'>): string[] {
  const on = (server: Server | undefined, tier: string) => server?.tasks[tier] ?? 0;
  const own = servers.find((server) => server.id === id);
  return loads.flatMap(({ tier, place, memoryMiB }) =>
    place === 'anywhere' &&
    on(own, tier) === 0 &&
    (own?.memoryMiB ?? 0) >= memoryMiB &&
    servers.some((server) => on(server, tier) > 1)
      ? [tier]
      : [],
  );
}

/** How many of a tier's tasks are one server's, of all that take tasks. */
export function shareOf({ loads, servers }: Swarm, tier: string): number {
  const taking = servers.filter(({ isReady, takesTasks }) => isReady && takesTasks).length;
  return Math.max(1, Math.floor(replicasOf({ loads }, tier) / Math.max(1, taking)));
}

function replicasOf({ loads }: Pick<Swarm, 'loads'>, tier: string): number {
  return loads.find((load) => load.tier === tier)?.replicas ?? 0;
}

/** How long a task may take until it runs, or has ended, in seconds. */
const patience = 180;

/**
 * Starts one task more, which goes where there is least, and then ends one, where there is most; as often as a share has
 * tasks. No request fails; for this stack alone, every plan sees to it that there is room for one more.
 *
 * @throws Problem if the tasks don't get ready; there are as many as before
 */
export async function spread(
  engine: EngineApi,
  swarm: Swarm,
  tiers: readonly string[],
): Promise<void> {
  for (const tier of tiers) {
    const service = `${swarm.prefix}-${tier}`;
    const replicas = replicasOf(swarm, tier);
    for (let moved = 0; moved < shareOf(swarm, tier); moved++)
      try {
        await scaleTo(engine, service, replicas + 1);
      } finally {
        await scaleTo(engine, service, replicas);
      }
  }
}

async function scaleTo(engine: EngineApi, service: string, replicas: number): Promise<void> {
  await docker(['service', 'scale', '--detach', `${service}=${replicas}`]);
  const asMany = async () => {
    const tasks = await engine.tasks({ service: [service], 'desired-state': ['running'] });
    return tasks.length === replicas && tasks.every(({ Status: { State } }) => State === 'running');
  };
  await until(
    asMany,
    patience,
    `${service} does not have ${replicas} tasks that run within ${patience} s: see docker service ps --no-trunc ${service}`,
  );
}
