// Daily backups on a volume of their own, each restored once before it counts; on Swarm only.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';
import type { Credentials } from './credentials';
import { type Database, databaseName, databaseOwner } from './database';
import type { Networks } from './network';
import { buildImage } from './release';
import { createWorkload } from './workload';

export interface BackupArgs {
  readonly config: StackConfig;
  readonly stackName: string;
  readonly networks: Networks;
  readonly credentials: Credentials;
  readonly database: Database;
}

export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Backup', name, {}, opts);
    const { config, database } = args;

    const image = buildImage(
      'backup',
      {
        stackName: args.stackName,
        config,
        folder: 'app/backup',
        buildArgs: { POSTGRES_IMAGE: config.images.postgres },
        // A rollback is of the application; backups go on.
        pinnedTag: undefined,
      },
      { parent: this },
    );
    const volume = new docker.Volume(
      `${name}-files`,
      { name: `${name}-files` },
      { parent: this, protect: true, retainOnDelete: true, ignoreChanges: ['labels'] },
    );
    createWorkload(
      config.orchestrator,
      name,
      {
        image: image.id,
        environment: {
          PGHOST: database.host,
          PGPORT: String(database.port),
          PGUSER: databaseOwner,
          PGDATABASE: databaseName,
          KEEP: String(config.backupsKept),
        },
        secrets: args.credentials.backup,
        healthCheck: {
          test: ['CMD', 'backup', 'health'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        networks: [{ network: args.networks.backend, aliases: [] }],
        volumes: [{ volume, target: '/backups' }],
        tmpfs: ['/tmp'],
        replicas: 1,
        memoryMiB: 256,
        stopGraceSeconds: 10,
        // One at a time writes to the volume.
        updateOrder: 'stop-first',
        // The first backup is made meanwhile.
        waitSeconds: 300,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
