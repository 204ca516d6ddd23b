// Looks at the stack each minute from inside, and tells who is to know; on Swarm, where config says whom.
// A tier of its own: it alone speaks to a service outside, so it reaches no database, no backup and no engine.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import type { Edge } from './edge';
import { watchVolumes } from './names';
import type { Stack } from './stack';

export interface WatchArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly edge: Edge;
  /** Where the edge sends requests. */
  readonly upstream: { readonly host: string; readonly port: number };
}

/**
 * Where the backup tier writes what it knows, for the watcher to read, and what the watcher remembers. Not declared:
 * a declared volume is protected, and no plan could take it out again with the watcher. Nothing in them is missed.
 */
export function volumesOf(prefix: string) {
  const [facts, memory] = watchVolumes.map((name) => `${prefix}-${name}`);
  return { facts: { name: facts ?? '' }, memory: { name: memory ?? '' } };
}

export class Watch extends pulumi.ComponentResource {
  /** Itself, when it is healthy. */
  readonly ready: Promise<Watch>;

  constructor(args: WatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Watch', args.stack.name('watch'), {}, opts);
    const { stack, credentials, edge, upstream } = args;
    const { site, watching, replicas, copying } = stack.config;

    const volumes = volumesOf(stack.prefix);
    const image = stack.image('watch', ['node'], { parent: this });
    const healthy = stack.workload(
      'watch',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          STACK: stack.prefix,
          EDGE_HOST: edge.host,
          EDGE_PORT: String(edge.port),
          EDGE_HTTPS_PORT: String(edge.httpsPort),
          FRONTEND_HOST: upstream.host,
          FRONTEND_PORT: String(upstream.port),
          FRONTENDS: String(replicas.frontend),
          DOMAINS: site.domains.join(' '),
          ...(copying && { COPY: '/facts/offsite' }),
          ...(watching.alert?.format && { ALERT_FORMAT: watching.alert.format }),
        },
        secrets: credentials.watch,
        healthCheck: {
          test: ['CMD-SHELL', 'find /tmp/looked -mmin -5 | grep -q .'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [
          { volume: volumes.facts, target: '/facts', readOnly: true },
          // What is red, and what was told, outlives a restart.
          { volume: volumes.memory, target: '/var/lib/watch' },
        ],
        tmpfs: ['/tmp'],
        user: '1000',
        replicas: 1,
        memoryMiB: 128,
        stopGraceSeconds: 5,
        // Two would tell everything twice.
        updateOrder: 'stop-first',
        waitSeconds: 60,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
