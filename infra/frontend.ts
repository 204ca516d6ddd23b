// nginx: the web page, and the proxy to the backend.
import * as pulumi from '@pulumi/pulumi';
import type { Stack } from './stack';

/** Where nginx listens in its container: it isn't root. */
const frontendPort = 8080;

export interface FrontendArgs {
  readonly stack: Stack;
}

export class Frontend extends pulumi.ComponentResource {
  readonly host = 'frontend';
  readonly port = frontendPort;
  /** Itself, when it is healthy. */
  readonly ready: Promise<Frontend>;

  constructor(args: FrontendArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Frontend', args.stack.name('frontend'), {}, opts);
    const { stack } = args;
    const { config } = stack;

    const image = stack.image('frontend', ['node', 'nginx'], { parent: this });
    const health = `http://127.0.0.1:${frontendPort}/healthz`;
    const healthy = stack.workload(
      'frontend',
      {
        image: image.id,
        tag: image.tag,
        environment:
          config.orchestrator === 'swarm'
            ? // Only the edge can reach it, from an address of a Docker network.
              {
                TRUSTED_PROXIES: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
                STOP_DELAY_SECONDS: '3',
              }
            : { TRUSTED_PROXIES: '', STOP_DELAY_SECONDS: '0' },
        secrets: [],
        healthCheck: {
          // The official image has wget, the offline one has curl.
          test: ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS -o /dev/null ${health}`],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [],
        tmpfs: ['/tmp'],
        user: '101',
        // Behind an edge, the edge publishes.
        ...stack.publish('frontend', frontendPort),
        replicas: config.replicas.frontend,
        memoryMiB: 128,
        stopGraceSeconds: 20,
        updateOrder: 'start-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
