// The reverse proxy in front, on Swarm only: it holds the port, and frontends roll behind it.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';
import { type Frontend, frontendPort } from './frontend';
import { buildImage } from './release';
import { createWorkload } from './workload';

/** Where Caddy listens in its container: it isn't root. */
const edgePort = 8080;

export interface EdgeArgs {
  readonly config: StackConfig;
  readonly stackName: string;
  readonly network: docker.Network;
  readonly frontend: Frontend;
}

export class Edge extends pulumi.ComponentResource {
  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Edge', name, {}, opts);
    const { config } = args;

    const image = buildImage(
      'edge',
      {
        stackName: args.stackName,
        config,
        folder: 'app/edge',
        buildArgs: { CADDY_IMAGE: config.images.caddy },
        // A rollback is of the application; the edge stays.
        pinnedTag: undefined,
      },
      { parent: this },
    );
    // Holds the switch of the maintenance page, so that it outlives the edge's container.
    const state = new docker.Volume(
      `${name}-state`,
      { name: `${name}-state` },
      { parent: this, protect: true, retainOnDelete: true, ignoreChanges: ['labels'] },
    );
    const health = `http://127.0.0.1:${edgePort}/edge/health`;
    createWorkload(
      config.orchestrator,
      name,
      {
        image: image.id,
        environment: { UPSTREAM_HOST: args.frontend.host, UPSTREAM_PORT: String(frontendPort) },
        secrets: [],
        healthCheck: {
          // The official image has wget, the offline one has curl.
          test: ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS ${health}`],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        networks: [{ network: args.network, aliases: ['edge'] }],
        volumes: [{ volume: state, target: '/var/lib/edge' }],
        tmpfs: ['/tmp'],
        // The official binary carries this capability and can't be started without it.
        capabilities: ['NET_BIND_SERVICE'],
        user: '1000',
        publish: { port: config.port, target: edgePort },
        replicas: 1,
        memoryMiB: 256,
        stopGraceSeconds: 15,
        // Two can't hold one port.
        updateOrder: 'stop-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
