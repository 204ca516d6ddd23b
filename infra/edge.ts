// The reverse proxy in front, on Swarm only: it holds the port, and frontends roll behind it.
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import { metricsPort } from './names';
import type { BuiltImage } from './release';
import { certifierEnvironment, edgeEnvironment, hasCertifier } from './site';
import type { Stack } from './stack';

/** Where Caddy listens in its container: it isn't root. */
const edgePort = 8080;
const edgeHttpsPort = 8443;
/** Where edges fetch certificates. */
const certifierPort = 8090;

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
  /** Itself, when it is healthy. */
  readonly ready: Promise<Edge>;

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
    const isShared = hasCertifier(stack.config);
    // Side by side: the one waits for the authority's way in, the others for a certificate.
    const certified = isShared ? this.certify(args, image, certificates) : undefined;
    const healthy = stack.workload(
      'edge',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          UPSTREAM_HOST: args.upstream.host,
          UPSTREAM_PORT: String(args.upstream.port),
          ...edgeEnvironment(site, isShared),
          ...(stack.config.watching.metrics && {
            METRICS: 'on',
            METRICS_PORT: String(metricsPort),
          }),
        },
        secrets: isShared ? [] : credentials.edge,
        healthCheck: {
          test: healthTest(edgePort),
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
        replicas: stack.config.edgeReplicas,
        // Reached under attack alone: 12,000 connections, and what they may send (app/edge/Caddyfile).
        memoryMiB: 768,
        stopGraceSeconds: 15,
        // Two can't hold one port.
        updateOrder: 'stop-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
    this.ready = Promise.all([healthy, certified]).then(() => this);
    this.registerOutputs({});
  }

  /**
   * Gets the certificates of several edges, one account for all, and hands them over; the authority's requests come by
   * whichever edge. Edges keep what they have got: without it, nothing is renewed, and that is all.
   *
   * @returns when it is healthy
   */
  private certify(
    { stack, credentials }: EdgeArgs,
    image: BuiltImage,
    certificates: docker.Volume,
  ): Promise<void> {
    return stack.workload(
      'certifier',
      {
        image: image.id,
        tag: image.tag,
        environment: certifierEnvironment(stack.config.site, stack.config.edgeReplicas),
        secrets: credentials.edge,
        healthCheck: {
          test: healthTest(certifierPort),
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [{ volume: certificates, target: '/var/lib/caddy' }],
        tmpfs: ['/tmp'],
        capabilities: ['NET_BIND_SERVICE'],
        user: '1000',
        replicas: 1,
        memoryMiB: 128,
        stopGraceSeconds: 5,
        // Two would ask twice.
        updateOrder: 'stop-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
  }
}

/** The official image has wget, the offline one has curl. */
function healthTest(port: number): string[] {
  const health = `http://127.0.0.1:${port}/edge/health`;
  return ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS -o /dev/null ${health}`];
}
