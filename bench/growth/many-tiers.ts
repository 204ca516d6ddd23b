// A program over this project's own components, with as many tiers as TIERS says: it takes the place of
// infra/index.ts in a copy of the project. Nothing waits for another, so that what grows is the program's own.
import * as pulumi from '@pulumi/pulumi';
import { BaseImages } from '../../infra/base-images';
import { loadConfig } from '../../infra/config';
import { Networks } from '../../infra/network';
import { createContainer } from '../../infra/workload/container';
import { createService } from '../../infra/workload/service';
import type { WorkloadSpec } from '../../infra/workload/spec';

const config = loadConfig();
const prefix = `${pulumi.getProject()}-${pulumi.getStack()}`;
const asked = {
  isWatched: false,
  isSentOut: false,
  metrics: false,
  hasExternalDatabase: false,
  hasCertifier: false,
  hasOwnRegistry: false,
  hasPool: false,
};
const networks = new Networks(prefix, { orchestrator: config.orchestrator, ...asked });
const images = new BaseImages(prefix, config.images);

const spec: WorkloadSpec = {
  image: images.id('nginx'),
  environment: {},
  secrets: [],
  healthCheck: { test: ['CMD', 'true'], interval: 2, timeout: 5, retries: 3, startPeriod: 20 },
  volumes: [],
  tmpfs: ['/var/cache/nginx', '/var/lib/nginx', '/var/run', '/run', '/tmp'],
  capabilities: ['CHOWN', 'SETGID', 'SETUID'],
  replicas: Number(process.env.REPLICAS ?? 1),
  memoryMiB: 32,
  stopGraceSeconds: 2,
  stopSignal: 'SIGTERM',
  updateOrder: 'start-first',
  waitSeconds: 300,
};
for (let tier = 1; tier <= Number(process.env.TIERS); tier++) {
  const alias = `tier-${tier}`;
  const placement = {
    ...{ name: `${prefix}-${alias}`, alias },
    networks: networks.of('frontend'),
    nodes: { data: '', standby: '', edge: '', platform: undefined, isReserved: false },
  };
  if (config.orchestrator === 'swarm') createService(placement, spec, { parent: networks });
  else createContainer(placement, spec, { parent: networks });
}
