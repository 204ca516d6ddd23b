// The networks of a stack, as infra/names.ts says who is in which.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import {
  type NetworkName,
  networks,
  type Orchestrator,
  publishers,
  type Tier,
  tiersOf,
} from './names';

const names = Object.keys(networks) as NetworkName[];

export class Networks extends pulumi.ComponentResource {
  private readonly made = new Map<NetworkName, docker.Network>();

  constructor(prefix: string, orchestrator: Orchestrator, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Networks', prefix, {}, opts);
    const present = tiersOf(orchestrator);
    const presentIn = (network: NetworkName) =>
      networks[network].filter((tier: Tier) => present.includes(tier));
    // A published port needs a network with a way out, even if nobody else is in it.
    const publisher = publishers[orchestrator];
    const isAlone = !names.some(
      (network) =>
        network !== 'database' &&
        presentIn(network).length > 1 &&
        presentIn(network).some((tier) => tier === publisher),
    );
    const driver = orchestrator === 'swarm' ? 'overlay' : 'bridge';
    for (const network of names) {
      const members: readonly Tier[] = presentIn(network);
      // One alone has nobody to speak to.
      if (members.length < 2 && !(isAlone && members.includes(publisher))) continue;
      const name = `${prefix}-${network}-network`;
      const internal = network === 'database';
      this.made.set(
        network,
        new docker.Network(name, { name, driver, ...(internal && { internal }) }, { parent: this }),
      );
    }
    this.registerOutputs({});
  }

  /** The networks that a tier is in. */
  of(tier: Tier): docker.Network[] {
    return [...this.made].flatMap(([name, network]) =>
      (networks[name] as readonly Tier[]).includes(tier) ? [network] : [],
    );
  }
}
