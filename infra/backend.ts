// The Fastify backend: migrates at start, then serves the API.
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';
import type { Credentials } from './credentials';
import { type Database, databaseName, databaseOwner } from './database';
import type { Networks } from './network';
import { buildImage } from './release';
import { createWorkload } from './workload';

export interface BackendArgs {
  readonly config: StackConfig;
  readonly stackName: string;
  readonly networks: Networks;
  readonly credentials: Credentials;
  readonly database: Database;
}

export class Backend extends pulumi.ComponentResource {
  /** Tag of the image that runs. */
  readonly release: string;

  constructor(name: string, args: BackendArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Backend', name, {}, opts);
    const { config, networks, credentials, database } = args;

    const image = buildImage(
      'backend',
      {
        stackName: args.stackName,
        config,
        folder: 'app/backend',
        buildArgs: { NODE_IMAGE: config.images.node },
        pinnedTag: config.release?.backend,
      },
      { parent: this },
    );
    this.release = image.tag;
    createWorkload(
      config.orchestrator,
      name,
      {
        image: image.id,
        environment: {
          PORT: '3000',
          HOST: '0.0.0.0',
          LOG_LEVEL: 'info',
          DATABASE_HOST: database.host,
          DATABASE_PORT: String(database.port),
          DATABASE_NAME: databaseName,
          DATABASE_OWNER: databaseOwner,
          ADMIN_USERNAME: 'admin',
          SECRETS_GENERATION: String(config.secretsGeneration),
          // The one proxy in front is the frontend, which says the caller's address.
          TRUST_PROXY: '1',
          // Plain http on port 80, until the edge ends TLS.
          COOKIE_SECURE: 'false',
          DRAIN_SECONDS: config.orchestrator === 'swarm' ? '3' : '0',
          RELEASE: image.tag,
        },
        secrets: credentials.backend,
        healthCheck: {
          test: ['CMD', 'node', 'dist/healthcheck.js'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 40,
        },
        networks: [
          { network: networks.backend, aliases: [] },
          { network: networks.frontend, aliases: ['backend'] },
        ],
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
    this.registerOutputs({ release: this.release });
  }
}
