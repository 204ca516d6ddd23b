// The Fastify backend: migrates at start, then serves the API.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import type { DatabaseAddress } from './database';
import { databasePort, metricsPort } from './names';
import type { Pool } from './pool';
import type { Stack } from './stack';

export interface BackendArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly database: DatabaseAddress;
  /** What it shares connections by, with the others; undefined: it has its own. */
  readonly pool: Pool | undefined;
}

export class Backend extends pulumi.ComponentResource {
  readonly host = 'backend';
  /** Itself, when it is healthy. */
  readonly ready: Promise<Backend>;

  constructor(args: BackendArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Backend', args.stack.name('backend'), {}, opts);
    const { stack, credentials, database, pool } = args;
    const { config } = stack;

    const image = stack.image('backend', ['node'], { parent: this });
    const healthy = stack.workload(
      'backend',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          PORT: '3000',
          HOST: '0.0.0.0',
          LOG_LEVEL: 'info',
          DATABASE_HOST: database.host,
          DATABASE_PORT: String(database.port),
          DATABASE_NAME: database.name,
          DATABASE_OWNER: database.owner,
          ...(config.externalDatabase && { DATABASE_EXTERNAL: 'true' }),
          ...(pool && { POOL_HOST: pool.host, POOL_PORT: String(databasePort) }),
          ADMIN_USERNAME: 'admin',
          SECRETS_GENERATION: String(config.secretsGeneration),
          // The one proxy in front is the frontend, which says the caller's address.
          TRUST_PROXY: '1',
          API_DOCS: String(config.apiDocs),
          ...(config.watching.metrics && { METRICS_PORT: String(metricsPort) }),
          // Behind another proxy that ends TLS, what that says decides.
          COOKIE_SECURE: config.site.certificates
            ? 'true'
            : config.site.trustedProxies.length > 0
              ? 'forwarded'
              : 'false',
          DRAIN_SECONDS: config.orchestrator === 'swarm' ? '3' : '0',
          // Releases from before the database spoke TLS alone leave it to node-postgres and Node.
          ...(config.release && {
            PGSSLMODE: 'verify-full',
            NODE_EXTRA_CA_CERTS: '/run/secrets/db_certificate',
          }),
        },
        secrets: credentials.backend,
        healthCheck: {
          test: ['CMD', 'node', 'dist/healthcheck.js'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 40,
        },
        volumes: [],
        tmpfs: ['/tmp'],
        user: '1000',
        replicas: config.replicas.backend,
        memoryMiB: 512,
        // The drain, and what it lets finish: 3 s and at most 20 s.
        stopGraceSeconds: 30,
        updateOrder: 'start-first',
        waitSeconds: 120,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
