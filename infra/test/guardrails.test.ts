import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { waivableRules } from '../config';
import {
  brokenResourceRules,
  brokenWorkloadRules,
  type Declared,
  type Guarded,
  type Rules,
  refusal,
} from '../guardrails';
import { networks, type Tier } from '../names';

const onContainers: Rules = {
  config: { orchestrator: 'container', waivers: [] },
  prefix: 'tt-dev',
  networks,
};
const onSwarm: Rules = {
  config: { orchestrator: 'swarm', waivers: [] },
  prefix: 'tt-prod',
  networks,
};

const port = (target: number) =>
  ({ name: 'http', protocol: 'tcp', target, published: target }) as const;

/** A workload that breaks no rule, but for what is changed. */
function workload(change: Partial<Guarded> = {}): Guarded {
  return {
    environment: { PORT: '3000' },
    healthCheck: { test: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3, startPeriod: 20 },
    stopGraceSeconds: 10,
    memoryMiB: 128,
    ...change,
  };
}

const broken: [string, Rules, Tier, Partial<Guarded>, string][] = [
  [
    'another tier that publishes',
    onContainers,
    'db',
    { publish: [port(8080)] },
    'publisher: only tt-dev-frontend may publish a port; remove port 8080 from this one',
  ],
  [
    'a frontend that publishes beside an edge',
    onSwarm,
    'frontend',
    { publish: [port(80)] },
    'publisher: only tt-prod-edge may publish a port; remove port 80 from this one',
  ],
  [
    'an edge in the network of the database',
    { ...onSwarm, networks: { database: ['db', 'edge'] } },
    'edge',
    {},
    'database-network: only tt-prod-db, tt-prod-standby, tt-prod-pool, tt-prod-backend, tt-prod-backup, tt-prod-offsite may join the network of the database; ' +
      'take it out of networks.database in infra/names.ts',
  ],
  [
    'a secret in the environment',
    onSwarm,
    'backend',
    { environment: { KEY: pulumi.secret('x') as unknown as string } },
    'environment-secret: environment variable KEY may hold a secret, which docker inspect would show; ' +
      "deliver it as a Docker Secret: the workload's secrets",
  ],
  [
    'no health check',
    onSwarm,
    'backend',
    { healthCheck: { test: [], interval: 30, timeout: 5, retries: 3, startPeriod: 20 } },
    'health-check: it needs a health check; set healthCheck',
  ],
  [
    'no stop grace',
    onSwarm,
    'backend',
    { stopGraceSeconds: 0 },
    'stop-grace: it needs a stop grace; set stopGraceSeconds',
  ],
  [
    'no memory limit',
    onSwarm,
    'backend',
    { memoryMiB: 0 },
    'memory-limit: it needs a memory limit; set memoryMiB',
  ],
];

describe('guardrails on workloads', () => {
  for (const [what, rules, tier, change, message] of broken)
    it(`stop ${what}`, () =>
      assert.deepEqual(brokenWorkloadRules(rules, tier, workload(change)), [message]));

  it('let pass what breaks none', () => {
    const frontend = workload({ publish: [port(8080)] });
    assert.deepEqual(brokenWorkloadRules(onContainers, 'frontend', frontend), []);
    const edge = workload({ publish: [port(80)] });
    assert.deepEqual(brokenWorkloadRules(onSwarm, 'edge', edge), []);
    for (const tier of ['db', 'standby', 'pool', 'backend', 'backup', 'offsite'] as const)
      assert.deepEqual(brokenWorkloadRules(onSwarm, tier, workload()), []);
    const gate = workload({ publish: [port(5000)] });
    assert.deepEqual(brokenWorkloadRules(onSwarm, 'gate', gate), []);
  });

  it('are told together, with the name and each mend', () => {
    const rules = brokenWorkloadRules(
      onSwarm,
      'edge',
      workload({ memoryMiB: 0, stopGraceSeconds: 0 }),
    );
    assert.equal(
      refusal('tt-prod-edge', rules).message,
      'tt-prod-edge breaks a guardrail:\n' +
        '  - stop-grace: it needs a stop grace; set stopGraceSeconds\n' +
        '  - memory-limit: it needs a memory limit; set memoryMiB',
    );
  });
});

describe('guardrails on resources', () => {
  const resource = (
    type: string,
    props: Record<string, unknown> = {},
    protect = false,
  ): Declared => ({ type, name: 'r', props, protect });
  const nothing = new Set<string>();
  const admitted = new Set(['r']);

  for (const type of ['docker:index/container:Container', 'docker:index/service:Service'])
    it(`stop a ${type.replace(/.*:/, '')} that was declared past them`, () => {
      assert.deepEqual(brokenResourceRules(onSwarm, nothing, resource(type)), [
        'it was declared past the guardrails; declare it with stack.workload()',
      ]);
      const logged = { logOpts: { 'max-size': '10m', 'max-file': '3' } };
      assert.deepEqual(brokenResourceRules(onSwarm, admitted, resource(type, logged)), []);
    });

  it('stop logs without a limit', () => {
    const message =
      'log-limit: it needs a log limit, max-size and max-file; take logging of infra/workload/spec.ts';
    for (const [type, props] of [
      ['docker:index/container:Container', { logOpts: { 'max-size': '10m' } }],
      ['docker:index/service:Service', { taskSpec: { logDriver: { options: {} } } }],
    ] as const)
      assert.deepEqual(brokenResourceRules(onContainers, admitted, resource(type, props)), [
        message,
      ]);
  });

  it('stop a secret in a label, in prod', () => {
    const type = 'docker:index/service:Service';
    const logDriver = { options: { 'max-size': '10m', 'max-file': '3' } };
    const labelled = (label: string) =>
      resource(type, { labels: [{ label, value: pulumi.secret('x') }], taskSpec: { logDriver } });
    assert.deepEqual(brokenResourceRules(onSwarm, admitted, labelled('key')), [
      'label-secret: label key may hold a secret, which docker inspect would show; ' +
        "deliver it as a Docker Secret: the workload's secrets",
    ]);
    assert.deepEqual(brokenResourceRules(onSwarm, admitted, labelled('timetracker.release')), []);
  });

  for (const [type, property] of [
    ['docker:index/image:Image', 'imageName'],
    ['docker:index/remoteImage:RemoteImage', 'name'],
  ] as const) {
    it(`stop an image without a version: ${property}`, () => {
      for (const [image, rule] of [
        ['nginx', 'is "nginx", but must name a tag or a digest'],
        [
          'nginx:latest',
          'is "nginx:latest", but must name a version: latest means another image each day',
        ],
      ])
        assert.deepEqual(
          brokenResourceRules(onSwarm, nothing, resource(type, { [property]: image })),
          [`image-version: ${property} ${rule}`],
        );
    });

    it(`stop a computed name that is not a build's: ${property}`, () => {
      const image = resource(type, { [property]: pulumi.output('nginx:latest') });
      assert.deepEqual(brokenResourceRules(onSwarm, nothing, image), [
        `${property} is computed past the guardrails; build it with stack.image()`,
      ]);
      assert.deepEqual(brokenResourceRules(onSwarm, admitted, image), []);
    });
  }

  it('stop a volume that a plan could remove, in prod', () => {
    const type = 'docker:index/volume:Volume';
    assert.deepEqual(brokenResourceRules(onSwarm, nothing, resource(type)), [
      'volume-protection: a volume holds data and must be protected; add protect: true to its options',
    ]);
    assert.deepEqual(brokenResourceRules(onSwarm, nothing, resource(type, {}, true)), []);
    assert.deepEqual(brokenResourceRules(onContainers, nothing, resource(type)), []);
  });
});

describe('a waiver', () => {
  const waived: Rules = {
    ...onSwarm,
    config: {
      orchestrator: 'swarm',
      waivers: [{ rule: 'memory-limit', reason: 'measuring', until: '2026-12-31' }],
    },
  };
  const spec = workload({ memoryMiB: 0, stopGraceSeconds: 0 });
  const stopGrace = 'stop-grace: it needs a stop grace; set stopGraceSeconds';

  it('lets one rule pass, through its last day, and no other', () =>
    assert.deepEqual(brokenWorkloadRules(waived, 'backend', spec, '2026-12-31'), [stopGrace]));

  it('is over the day after', () =>
    assert.deepEqual(brokenWorkloadRules(waived, 'backend', spec, '2027-01-01'), [
      stopGrace,
      'memory-limit: it needs a memory limit; set memoryMiB',
    ]));

  it('never lets pass what was declared past the guardrails', () => {
    const everything: Rules = {
      ...onSwarm,
      config: {
        orchestrator: 'swarm',
        waivers: waivableRules.map((rule) => ({ rule, reason: 'x', until: '9999-12-31' })),
      },
    };
    const service: Declared = {
      type: 'docker:index/service:Service',
      name: 'r',
      props: {},
      protect: false,
    };
    assert.deepEqual(brokenResourceRules(everything, new Set(), service), [
      'it was declared past the guardrails; declare it with stack.workload()',
    ]);
  });
});
