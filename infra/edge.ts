// The reverse proxy in front, on Swarm only: it holds the port, and frontends roll behind it.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import { metricsPort } from './names';
import { edgeEnvironment } from './site';
import type { Stack } from './stack';

/** Where Caddy listens in its container: it isn't root. */
const edgePort = 8080;
const edgeHttpsPort = 8443;

export interface EdgeArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  /** Where requests go. */
  readonly upstream: { readonly host: string; readonly port: number };
}

export class Edge extends pulumi.ComponentResource {
  readonly host = 'edge';
  readonly port = edgePort;
  readonly httpsPort = edgeHttpsPort;

  constructor(args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Edge', args.stack.name('edge'), {}, opts);
    const { stack, credentials } = args;
    const { site } = stack.config;
    const published = site.httpsPort;

    const image = stack.image('edge', ['caddy'], { parent: this });
    // Holds the switch of the maintenance page, so that it outlives the edge's container.
    const state = stack.volume('edge', 'state', { parent: this });
    // Certificates, their keys, the account: who loses them runs into an authority's limits. There without a
    // certificate, too, since a plan can't take a protected volume away.
    const certificates = stack.volume('edge', 'certificates', { parent: this });
    const health = `http://127.0.0.1:${edgePort}/edge/health`;
    stack.workload(
      'edge',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          UPSTREAM_HOST: args.upstream.host,
          UPSTREAM_PORT: String(args.upstream.port),
          ...edgeEnvironment(site),
          ...(stack.config.watching.metrics && {
            METRICS: 'on',
            METRICS_PORT: String(metricsPort),
          }),
        },
        secrets: credentials.edge,
        healthCheck: {
          // The official image has wget, the offline one has curl.
          test: ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS -o /dev/null ${health}`],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [
          { volume: state, target: '/var/lib/edge' },
          { volume: certificates, target: '/var/lib/caddy' },
        ],
        tmpfs: ['/tmp'],
        // The official binary carries this capability and can't be started without it.
        capabilities: ['NET_BIND_SERVICE'],
        user: '1000',
        publish: [
          { name: 'http', protocol: 'tcp', target: edgePort, published: stack.config.port },
          ...(site.certificates
            ? ([
                { name: 'https', protocol: 'tcp', target: edgeHttpsPort, published },
                { name: 'http3', protocol: 'udp', target: edgeHttpsPort, published },
              ] as const)
            : []),
        ],
        replicas: 1,
        // Reached under attack alone: 12,000 connections, and what they may send (app/edge/Caddyfile).
        memoryMiB: 768,
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
