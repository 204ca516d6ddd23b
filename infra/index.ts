// Wiring: which tiers a stack has, in the order in which they wait for each other's health.
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
import { Offsite } from './offsite';
import { ensureOwnState } from './other-state';
import { recordRelease } from './release';
import { plainHttpNotice, siteUrl } from './site';
import { Stack } from './stack';
import { announceSwitch, announceUpgrade } from './upgrade';
import { Watch } from './watch';
import { isWatched } from './watching';
import { loopback } from './workload/spec';

const config = loadConfig();
const engine = findEngine(config);
// Before anything is made.
ensurePortsAreFree(config, engine, `${pulumi.getProject()}-${pulumi.getStack()}`);
const stack = new Stack({
  project: pulumi.getProject(),
  stack: pulumi.getStack(),
  config,
  platform: engine.platform,
});
ensureDatabaseFits(config, engine, stack.prefix);

const credentials = new Credentials(stack.prefix, {
  orchestrator: config.orchestrator,
  generation: config.secretsGeneration,
  adminPassword: config.adminPassword,
  certificates: config.site.certificates,
  watching: config.watching,
  copying: config.copying,
});
const database = new Database({ stack, credentials });
const backend = new Backend({ stack, credentials, database }, { dependsOn: database });
const frontend = new Frontend({ stack }, { dependsOn: backend });

const place = { prefix: stack.prefix, port: config.port };
void ensureOwnState(place, engine, [database.volume, ...stack.networks.all]);

/** What only a stack on Swarm has, and what is told of it. */
function production() {
  announceUpgrade(stack.prefix, engine);
  announceSwitch(stack.prefix, engine, config.site);
  for (const notice of [
    plainHttpNotice(config.site, pulumi.getStack()),
    oneServerNotice(config.copying, pulumi.getStack()),
  ])
    if (notice) void pulumi.log.warn(notice);
  const edge = new Edge({ stack, credentials, upstream: frontend }, { dependsOn: frontend });
  const release = stack.release();
  const record = recordRelease(stack.prefix, release, { dependsOn: [backend, frontend] });
  const backup = new Backup({ stack, credentials, database }, { dependsOn: edge });
  const offsite =
    config.copying &&
    new Offsite({ stack, credentials, database, copying: config.copying }, { dependsOn: backup });
  if (isWatched(config.watching))
    new Watch({ stack, credentials, edge, upstream: frontend }, { dependsOn: backup });
  guardDestroy(stack.prefix, [edge, backup, record, ...(offsite ? [offsite] : [])]);
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
