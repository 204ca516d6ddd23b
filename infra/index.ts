// Wiring: which tiers a stack has, in the order in which they wait for each other's health.
import * as pulumi from '@pulumi/pulumi';
import { Backend } from './backend';
import { Backup } from './backup';
import { loadConfig } from './config';
import { Credentials, devLogin, rotationReminder } from './credentials';
import { Database } from './database';
import { Edge } from './edge';
import { engineHost, ensurePortIsFree } from './engine';
import { Frontend } from './frontend';
import { registerGuardrails } from './guardrails';
import { Networks } from './network';
import { recordRelease } from './release';
import { loopback } from './workload-container';

const config = loadConfig();
const { orchestrator } = config;
const stackName = `${pulumi.getProject()}-${pulumi.getStack()}`;
ensurePortIsFree(config, stackName);
const guardDatabaseNetwork = registerGuardrails(config, stackName);

const networks = new Networks(stackName, { orchestrator });
guardDatabaseNetwork(networks.backend);

const credentials = new Credentials(stackName, {
  orchestrator,
  generation: config.secretsGeneration,
  adminPassword: config.adminPassword,
});

const database = new Database(`${stackName}-db`, { config, networks, credentials });
const backend = new Backend(
  `${stackName}-backend`,
  { config, stackName, networks, credentials, database },
  { dependsOn: database },
);
const frontend = new Frontend(
  `${stackName}-frontend`,
  { config, stackName, networks },
  { dependsOn: backend },
);
const currentRelease = `${backend.release}-${frontend.release}`;

if (networks.edge) {
  const edge = new Edge(
    `${stackName}-edge`,
    { config, stackName, network: networks.edge, frontend },
    { dependsOn: frontend },
  );
  recordRelease(stackName, currentRelease, { dependsOn: [backend, frontend] });
  new Backup(
    `${stackName}-backup`,
    { config, stackName, networks, credentials, database },
    { dependsOn: edge },
  );
}

credentials.age?.apply((age) => {
  const reminder = rotationReminder(age, new Date());
  if (reminder) void pulumi.log.warn(reminder);
});

const outputs = networks.edge
  ? {
      url: `http://${engineHost()}${config.port === 80 ? '' : `:${config.port}`}`,
      /** What runs: the tags of the backend's and the frontend's image. */
      release: currentRelease,
      /** True while a rollback holds the release; `npm run release` goes on with the working tree. */
      pinned: config.release !== undefined,
      /** Age of the generated secrets. */
      secrets: credentials.age,
    }
  : { url: `http://${loopback}:${config.port}`, login: devLogin };

export = outputs;
