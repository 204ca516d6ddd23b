import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokenRules, type Guarded, type Rules } from '../guardrails';

/** A secret value on its way to the engine. */
const secret = {
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  value: 'x',
};
const id = `sha256:${'0'.repeat(64)}`;

const onContainers: Rules = {
  config: { orchestrator: 'container', port: 8080 },
  stackName: 'tt-dev',
  databaseNetwork: ['tt-dev-backend-network', 'net-id'],
};
const onSwarm: Rules = {
  config: { orchestrator: 'swarm', port: 80 },
  stackName: 'tt-prod',
  databaseNetwork: ['net-id'],
};

function container(props: Record<string, unknown> = {}, name = 'tt-dev-frontend'): Guarded {
  return {
    type: 'docker:index/container:Container',
    name,
    protect: false,
    props: {
      image: id,
      ports: [{ internal: 8080, external: 8080, ip: '127.0.0.1' }],
      networksAdvanced: [{ name: 'tt-dev-frontend-network' }],
      healthcheck: { tests: ['CMD', 'true'] },
      destroyGraceSeconds: 10,
      memory: 128,
      logOpts: { 'max-size': '10m' },
      ...props,
    },
  };
}

interface ServiceChange {
  container?: Record<string, unknown>;
  task?: Record<string, unknown>;
  props?: Record<string, unknown>;
}

function service(change: ServiceChange = {}, name = 'tt-prod-edge'): Guarded {
  return {
    type: 'docker:index/service:Service',
    name,
    protect: false,
    props: {
      endpointSpec: { ports: [{ publishedPort: 80, targetPort: 8080 }] },
      taskSpec: {
        containerSpec: {
          image: id,
          healthcheck: { tests: ['CMD', 'true'] },
          stopGracePeriod: '10s',
          ...change.container,
        },
        resources: { limits: { memoryBytes: 1 } },
        logDriver: { options: { 'max-size': '10m' } },
        networksAdvanceds: [{ id: 'edge-id' }],
        ...change.task,
      },
      ...change.props,
    },
  };
}

describe('guardrails on containers', () => {
  it('let the frontend of dev pass', () =>
    assert.deepEqual(brokenRules(onContainers, container()), []));

  const broken: [string, Guarded, string][] = [
    [
      'another tier that publishes',
      container({}, 'tt-dev-db'),
      'only tt-dev-frontend may publish a port; remove port 8080 from this one',
    ],
    [
      'another port than the configured one',
      container({ ports: [{ external: 9090, ip: '127.0.0.1' }] }),
      'it publishes 9090, but only the configured port 8080 may be open',
    ],
    [
      'a port on every address',
      container({ ports: [{ external: 8080 }] }),
      'a container publishes on 127.0.0.1 only, since its credentials are known to all; set ip',
    ],
    [
      'a frontend in the network of the database',
      container({ networksAdvanced: [{ name: 'tt-dev-backend-network' }] }),
      'only tt-dev-db, tt-dev-backend, tt-dev-backup may join the network of the database; take it out of this one',
    ],
    [
      'the tag latest',
      container({ image: 'nginx:latest' }),
      'image is "nginx:latest", but must name a version: latest means another image each day',
    ],
    [
      'no health check',
      container({ healthcheck: undefined }),
      'it needs a health check; set healthcheck',
    ],
    [
      'no stop grace',
      container({ destroyGraceSeconds: 0 }),
      'it needs a stop grace; set destroyGraceSeconds',
    ],
    ['no memory limit', container({ memory: undefined }), 'it needs a memory limit; set memory'],
    ['no log limit', container({ logOpts: {} }), 'it needs a log limit; set logOpts.max-size'],
  ];
  for (const [what, resource, message] of broken)
    it(`stop ${what}`, () => assert.deepEqual(brokenRules(onContainers, resource), [message]));
});

describe('guardrails on Swarm', () => {
  it('let the edge pass', () => assert.deepEqual(brokenRules(onSwarm, service()), []));
  it('let the backend into the network of the database', () => {
    const backend = service(
      { task: { networksAdvanceds: [{ id: 'net-id' }] }, props: { endpointSpec: {} } },
      'tt-prod-backend',
    );
    assert.deepEqual(brokenRules(onSwarm, backend), []);
  });

  const broken: [string, Guarded, string][] = [
    [
      'a frontend that publishes',
      service({}, 'tt-prod-frontend'),
      'only tt-prod-edge may publish a port; remove port 80 from this one',
    ],
    [
      'an edge in the network of the database',
      service({ task: { networksAdvanceds: [{ id: 'net-id' }] } }),
      'only tt-prod-db, tt-prod-backend, tt-prod-backup may join the network of the database; take it out of this one',
    ],
    [
      'a secret in the environment',
      service({ props: { taskSpec: { containerSpec: { env: { KEY: secret } } } } }),
      'a secret value is in its environment, command or labels, where docker inspect shows it; ' +
        "deliver it as a Docker Secret: the workload's secrets",
    ],
    [
      'a secret in a label',
      service({ props: { labels: [{ label: 'key', value: secret }] } }),
      'a secret value is in its environment, command or labels, where docker inspect shows it; ' +
        "deliver it as a Docker Secret: the workload's secrets",
    ],
    [
      'no stop grace',
      service({ container: { stopGracePeriod: undefined } }),
      'it needs a stop grace; set stopGracePeriod',
    ],
    [
      'no memory limit',
      service({ task: { resources: undefined } }),
      'it needs a memory limit; set resources.limits.memoryBytes',
    ],
    [
      'no log limit',
      service({ task: { logDriver: undefined } }),
      'it needs a log limit; set logDriver.options.max-size',
    ],
    [
      'a volume that a plan could remove',
      { type: 'docker:index/volume:Volume', name: 'v', props: {}, protect: false },
      'a volume holds data and must be protected; add protect: true to its options',
    ],
  ];
  for (const [what, resource, message] of broken)
    it(`stop ${what}`, () => assert.deepEqual(brokenRules(onSwarm, resource), [message]));
});

describe('guardrails on images', () => {
  it('stop an image without a tag', () => {
    const image: Guarded = {
      type: 'docker:index/image:Image',
      name: 'i',
      protect: false,
      props: { imageName: 'timetracker/backend' },
    };
    assert.deepEqual(brokenRules(onSwarm, image), [
      'imageName is "timetracker/backend", but must name a tag or a digest',
    ]);
  });
});
