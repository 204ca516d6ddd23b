// The networks of a stack, as infra/names.ts says who is in which.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { type NetworkName, networks, type Orchestrator, type Tier, tiersOf } from './names';

export class Networks extends pulumi.ComponentResource {
  private readonly made = new Map<NetworkName, docker.Network>();

  constructor(prefix: string, orchestrator: Orchestrator, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Networks', prefix, {}, opts);
    const present = tiersOf(orchestrator);
    const driver = orchestrator === 'swarm' ? 'overlay' : 'bridge';
    for (const [network, members] of Object.entries<readonly Tier[]>(networks)) {
      // One alone has nobody to speak to.
      if (members.filter((tier) => present.includes(tier)).length < 2) continue;
      const name = `${prefix}-${network}-network`;
      const internal = network === 'database';
      this.made.set(
        network as NetworkName,
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
