// The reverse proxy in front, on Swarm only: it holds the port, and frontends roll behind it.
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { type Frontend, frontendPort } from './frontend';
import type { Stack } from './stack';

/** Where Caddy listens in its container: it isn't root. */
const edgePort = 8080;

export interface EdgeArgs {
  readonly stack: Stack;
  readonly network: docker.Network;
  readonly frontend: Frontend;
}

export class Edge extends pulumi.ComponentResource {
  constructor(args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Edge', args.stack.name('edge'), {}, opts);
    const { stack } = args;

    // Not pinned by a rollback, which is of the application.
    const image = stack.image('edge', ['caddy'], { parent: this });
    // Holds the switch of the maintenance page, so that it outlives the edge's container.
    const state = stack.volume('edge', 'state', { parent: this });
    const health = `http://127.0.0.1:${edgePort}/edge/health`;
    stack.workload(
      'edge',
      {
        image: image.id,
        tag: image.tag,
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
        publish: { port: stack.config.port, target: edgePort },
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
