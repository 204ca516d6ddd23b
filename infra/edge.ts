// The reverse proxy in front, on Swarm only: it holds the port, and frontends roll behind it.
import * as pulumi from '@pulumi/pulumi';
import type { Stack } from './stack';

/** Where Caddy listens in its container: it isn't root. */
const edgePort = 8080;

export interface EdgeArgs {
  readonly stack: Stack;
  /** Where requests go. */
  readonly upstream: { readonly host: string; readonly port: number };
}

export class Edge extends pulumi.ComponentResource {
  constructor(args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Edge', args.stack.name('edge'), {}, opts);
    const { stack } = args;

    const image = stack.image('edge', ['caddy'], { parent: this });
    // Holds the switch of the maintenance page, so that it outlives the edge's container.
    const state = stack.volume('edge', 'state', { parent: this });
    const health = `http://127.0.0.1:${edgePort}/edge/health`;
    stack.workload(
      'edge',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          UPSTREAM_HOST: args.upstream.host,
          UPSTREAM_PORT: String(args.upstream.port),
        },
        secrets: [],
        healthCheck: {
          // The official image has wget, the offline one has curl.
          test: ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS -o /dev/null ${health}`],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [{ volume: state, target: '/var/lib/edge' }],
        tmpfs: ['/tmp'],
        // The official binary carries this capability and can't be started without it.
        capabilities: ['NET_BIND_SERVICE'],
        user: '1000',
        ...stack.publish('edge', edgePort),
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
