// nginx: the web page, and the proxy to the backend.
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';
import type { Networks } from './network';
import { buildImage } from './release';
import { createWorkload } from './workload';

/** Where nginx listens in its container: it isn't root. */
export const frontendPort = 8080;

export interface FrontendArgs {
  readonly config: StackConfig;
  readonly stackName: string;
  readonly networks: Networks;
}

export class Frontend extends pulumi.ComponentResource {
  readonly host = 'frontend';
  /** Tag of the image that runs. */
  readonly release: string;

  constructor(name: string, args: FrontendArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Frontend', name, {}, opts);
    const { config, networks } = args;

    const image = buildImage(
      'frontend',
      {
        stackName: args.stackName,
        config,
        folder: 'app/frontend',
        buildArgs: { NODE_IMAGE: config.images.node, NGINX_IMAGE: config.images.nginx },
        pinnedTag: config.release?.frontend,
      },
      { parent: this },
    );
    this.release = image.tag;
    createWorkload(
      config.orchestrator,
      name,
      {
        image: image.id,
        environment: networks.edge
          ? // Only the edge can reach it, from an address of a Docker network.
            { TRUSTED_PROXIES: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16', STOP_DELAY_SECONDS: '3' }
          : { TRUSTED_PROXIES: '', STOP_DELAY_SECONDS: '0' },
        secrets: [],
        healthCheck: {
          test: ['CMD', 'curl', '-fsS', `http://127.0.0.1:${frontendPort}/healthz`],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        networks: [
          { network: networks.frontend, aliases: [] },
          ...(networks.edge ? [{ network: networks.edge, aliases: [this.host] }] : []),
        ],
        volumes: [],
        tmpfs: ['/tmp'],
        user: '101',
        // Behind an edge, the edge publishes.
        ...(!networks.edge && { publish: { port: config.port, target: frontendPort } }),
        replicas: config.replicas.frontend,
        memoryMiB: 128,
        stopGraceSeconds: 20,
        updateOrder: 'start-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
    this.registerOutputs({ release: this.release });
  }
}
