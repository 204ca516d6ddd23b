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

export class Networks extends pulumi.ComponentResource {
  private readonly made = new Map<NetworkName, docker.Network>();
  /** Where the port is published, with the publisher alone in it: the only network with a way in and out. */
  private readonly entrance: docker.Network;

  constructor(
    prefix: string,
    private readonly orchestrator: Orchestrator,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('timetracker:infra:Networks', prefix, {}, opts);
    const present = tiersOf(orchestrator);
    for (const [network, members] of Object.entries<readonly Tier[]>(networks)) {
      // One alone has nobody to speak to.
      if (members.filter((tier) => present.includes(tier)).length < 2) continue;
      this.made.set(network as NetworkName, this.network(`${prefix}-${network}-network`, true));
    }
    this.entrance = this.network(`${prefix}-entrance-network`, false);
    this.registerOutputs({});
  }

  /** The networks that a tier is in. */
  of(tier: Tier): docker.Network[] {
    const shared = [...this.made].flatMap(([name, network]) =>
      (networks[name] as readonly Tier[]).includes(tier) ? [network] : [],
    );
    return publishers[this.orchestrator] === tier ? [...shared, this.entrance] : shared;
  }

  /**
   * A Swarm's data port listens on every address of the server. What comes in there without IPsec is
   * dropped for an encrypted network: on one server all of it, and nothing has to be encrypted.
   */
  private network(name: string, internal: boolean): docker.Network {
    const isSwarm = this.orchestrator === 'swarm';
    return new docker.Network(
      name,
      {
        name,
        driver: isSwarm ? 'overlay' : 'bridge',
        ...(internal && { internal }),
        ...(isSwarm && { options: { encrypted: 'true' } }),
      },
      // The engine adds options of its own, which a refresh would take for a change.
      { parent: this, ignoreChanges: ['options'] },
    );
  }
}
