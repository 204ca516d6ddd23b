// Tasks are moved to servers that have none: Swarm spreads a service when it places it, and moves nothing later. Of two tasks
// on two servers that roll one after the other, both end up on one.
import { docker } from '../host/docker';
import type { Server, Swarm } from './nodes';

/** Tiers of which another server has two tasks or more, and this one has none. */
export function crowded({ loads, servers }: Swarm, { id }: Pick<Server, 'id'>): string[] {
  const on = (server: Server | undefined, tier: string) => server?.tasks[tier] ?? 0;
  const own = servers.find((server) => server.id === id);
  return loads.flatMap(({ tier, place }) =>
    place === 'anywhere' && on(own, tier) === 0 && servers.some((server) => on(server, tier) > 1)
      ? [tier]
      : [],
  );
}

/** How many tasks of a tier there are for a moment: a server's share more, which go to those that have fewest. */
export function momentarily({ loads, servers }: Swarm, tier: string): number {
  const { replicas = 0 } = loads.find((load) => load.tier === tier) ?? {};
  const taking = servers.filter(({ isReady, takesTasks }) => isReady && takesTasks).length;
  return replicas + Math.max(1, Math.floor(replicas / Math.max(1, taking)));
}

/** Starts tasks where there are none; then Swarm ends as many, on the servers that have most. No request fails. */
export async function spread(swarm: Swarm, tiers: readonly string[]): Promise<void> {
  for (const tier of tiers) {
    const { replicas = 0 } = swarm.loads.find((load) => load.tier === tier) ?? {};
    for (const count of [momentarily(swarm, tier), replicas])
      await docker(['service', 'scale', `${swarm.prefix}-${tier}=${count}`]);
  }
}
