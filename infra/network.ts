// The networks of a stack, as infra/names.ts says who is in which.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import {
  type NetworkName,
  networkName,
  networks,
  type Orchestrator,
  ownNetworks,
  type Tier,
  tiersOf,
} from './names';

export interface NetworksArgs {
  readonly orchestrator: Orchestrator;
  /** Whether there is a watcher, which tells those outside. */
  readonly isWatched: boolean;
  /** Whether a copy of the data leaves the server by the network. */
  readonly isSentOut: boolean;
  /** Whether metrics are collected. */
  readonly metrics: boolean;
  /** Whether several edges have their certificates from one. */
  readonly hasCertifier: boolean;
  /** Whether somebody else runs the database. */
  readonly hasExternalDatabase: boolean;
  /** Whether the stack runs the registry of its images. */
  readonly hasOwnRegistry: boolean;
  /** Whether backends share connections to the database. */
  readonly hasPool: boolean;
}

export class Networks extends pulumi.ComponentResource {
  private readonly made = new Map<NetworkName, docker.Network>();
  /** Those that a tier has for itself. */
  private readonly own: { readonly tier: Tier; readonly network: docker.Network }[] = [];
  private readonly orchestrator: Orchestrator;

  constructor(
    prefix: string,
    { orchestrator, ...asked }: NetworksArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('timetracker:infra:Networks', prefix, {}, opts);
    this.orchestrator = orchestrator;
    const present = [
      ...tiersOf(orchestrator, !asked.hasExternalDatabase),
      ...(asked.hasCertifier ? (['certifier'] as const) : []),
      ...(asked.hasOwnRegistry ? (['registry', 'gate'] as const) : []),
      ...(asked.hasPool ? (['pool'] as const) : []),
    ];
    for (const [network, members] of Object.entries<readonly Tier[]>(networks)) {
      if (network === (asked.hasExternalDatabase ? 'database' : 'pooled')) continue;
      // One alone has nobody to speak to.
      if (members.filter((tier) => present.includes(tier)).length < 2) continue;
      this.made.set(network as NetworkName, this.network(networkName(prefix, network), true));
    }
    for (const { name, tier, internal, onlyIf } of ownNetworks(orchestrator))
      if ((onlyIf === undefined || asked[onlyIf]) && (tier !== 'pool' || asked.hasPool))
        this.own.push({ tier, network: this.network(networkName(prefix, name), internal) });
    this.registerOutputs({});
  }

  get all(): docker.Network[] {
    return [...this.made.values(), ...this.own.map(({ network }) => network)];
  }

  /** The networks that a tier is in. */
  of(tier: Tier): docker.Network[] {
    const shared = [...this.made].flatMap(([name, network]) =>
      (networks[name] as readonly Tier[]).includes(tier) ? [network] : [],
    );
    return [...shared, ...this.own.flatMap((own) => (own.tier === tier ? [own.network] : []))];
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
