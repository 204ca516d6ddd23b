// Who can reach whom: the frontend never reaches the database, the edge never reaches the backend.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { Orchestrator } from './config';

export interface NetworksArgs {
  readonly orchestrator: Orchestrator;
}

export class Networks extends pulumi.ComponentResource {
  /** Database and backend (and backups). No way out of it. */
  readonly database: docker.Network;
  /** Backend and frontend. */
  readonly application: docker.Network;
  /** Frontend and edge; only where there is an edge, on Swarm. */
  readonly edge: docker.Network | undefined;

  constructor(name: string, args: NetworksArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Networks', name, {}, opts);
    const driver = args.orchestrator === 'swarm' ? 'overlay' : 'bridge';
    const network = (kind: string, internal: boolean) =>
      new docker.Network(
        `${name}-${kind}-network`,
        { name: `${name}-${kind}-network`, driver, ...(internal && { internal }) },
        { parent: this },
      );
    this.database = network('backend', true);
    this.application = network('frontend', false);
    this.edge = args.orchestrator === 'swarm' ? network('edge', false) : undefined;
    this.registerOutputs({ database: this.database.name, application: this.application.name });
  }
}
