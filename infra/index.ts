// Wiring: which tiers a stack has, in the order in which they wait for each other's health.
import './stack-traces';
import * as pulumi from '@pulumi/pulumi';
import { Backend } from './backend';
import { Backup } from './backup';
import { loadConfig } from './config';
import { oneServerNotice } from './copying';
import { Credentials, devLogin, rotationReminder } from './credentials';
import { Database } from './database';
import { ensureDatabaseFits } from './database-version';
import { guardDestroy } from './destroy-guard';
import { Edge } from './edge';
import { ensurePortsAreFree, findEngine } from './engine';
import { Frontend } from './frontend';
import { absences, announceLosses, findNodes, homeOf } from './nodes';
import { Offsite } from './offsite';
import { ensureOwnState } from './other-state';
import { OwnRegistry } from './own-registry';
import { Pool } from './pool';
import { recordRelease } from './release';
import { plainHttpNotice, siteUrl } from './site';
import { Stack } from './stack';
import { Standby } from './standby';
import { announceSwitch, announceUpgrade } from './upgrade';
import { Watch } from './watch';
import { isWatched } from './watching';
import { Rollouts } from './workload/rollout';
import { loopback } from './workload/spec';

const config = loadConfig();
const engine = findEngine(config);
const prefix = `${pulumi.getProject()}-${pulumi.getStack()}`;
// Before anything is made.
ensurePortsAreFree(config, engine, prefix);
const nodes = findNodes(config, engine, pulumi.getStack(), prefix);
const stack = new Stack({
  project: pulumi.getProject(),
  stack: pulumi.getStack(),
  config,
  platform: engine.platform,
  rollouts: new Rollouts(engine.address),
});
ensureDatabaseFits(config, engine, stack.prefix);

const credentials = new Credentials(stack.prefix, {
  orchestrator: config.orchestrator,
  generation: config.secretsGeneration,
  adminPassword: config.adminPassword,
  certificates: config.site.certificates,
  watching: config.watching,
  copying: config.copying,
  externalDatabase: config.externalDatabase,
  isReplicated: config.replication !== undefined,
  ownRegistry: config.registry?.isOwn ? config.registry.login : undefined,
  isPooled: config.pooling !== undefined,
});
if (config.registry?.isOwn)
  stack.pushTo({
    ready: new OwnRegistry({ stack, credentials }).ready,
    home: homeOf(stack.prefix, nodes),
  });
const database = config.externalDatabase ?? new Database({ stack, credentials });
const ownDatabase = database instanceof Database ? database : undefined;
const pool =
  config.pooling &&
  new Pool(
    { stack, credentials, database, pooling: config.pooling },
    { ...(ownDatabase && { dependsOn: ownDatabase.ready }) },
  );
const reachable = pool?.ready ?? ownDatabase?.ready;
const backend = new Backend(
  { stack, credentials, database, pool },
  { ...(reachable && { dependsOn: reachable }) },
);
const frontend = new Frontend({ stack }, { dependsOn: backend.ready });

const place = { prefix: stack.prefix, port: config.port };
void ensureOwnState(place, engine, [
  ...(ownDatabase ? [ownDatabase.volume] : []),
  ...stack.networks.all,
]);

/** What only a stack on Swarm has, and what is told of it. */
function production() {
  announceUpgrade(stack.prefix, engine);
  announceSwitch(stack.prefix, engine, config.site);
  for (const notice of [
    plainHttpNotice(config.site, pulumi.getStack()),
    oneServerNotice(config.copying, pulumi.getStack()),
    ...absences(config, nodes ?? [], { stack: pulumi.getStack(), prefix }),
  ])
    if (notice) void pulumi.log.warn(notice);
  const standby =
    ownDatabase &&
    config.replication &&
    new Standby({ stack, credentials, database: ownDatabase }, { dependsOn: ownDatabase.ready });
  const edge = new Edge({ stack, credentials, upstream: frontend }, { dependsOn: frontend.ready });
  const release = stack.release();
  const record = recordRelease(stack.prefix, release, {
    dependsOn: [backend.ready, frontend.ready],
  });
  const backup = new Backup({ stack, credentials, database }, { dependsOn: edge.ready });
  const offsite =
    config.copying &&
    ownDatabase &&
    new Offsite(
      { stack, credentials, database: ownDatabase, copying: config.copying },
      { dependsOn: backup.ready },
    );
  const watch =
    isWatched(config.watching) &&
    new Watch({ stack, credentials, edge, upstream: frontend }, { dependsOn: backup.ready });
  if (nodes)
    announceLosses(stack.prefix, nodes, stack.loads, config.replication?.isSynchronous === true);
  const last = [edge, backup, record, standby, offsite, watch];
  guardDestroy(
    stack.prefix,
    last.filter((one) => one instanceof pulumi.Resource),
  );
  credentials.age?.apply((age) => {
    const reminder = rotationReminder(age, new Date());
    if (reminder) void pulumi.log.warn(reminder);
  });
  return {
    url: siteUrl(config.site, engine.host, config.port),
    /** What runs: the tags of the backend's and the frontend's image; known when it does. */
    release: pulumi.all([release, record.id]).apply(([release]) => release),
    /** True while a rollback holds the release; `npm run release` goes on with the working tree. */
    pinned: config.release !== undefined,
    /** Age of the generated secrets. */
    secrets: credentials.age,
  };
}

const outputs =
  config.orchestrator === 'swarm'
    ? production()
    : { url: `http://${loopback}:${config.port}`, login: devLogin };

export = outputs;
