import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { driftOf, driftText, type RefreshStep, type Seen } from '../drift';

const urn = (type: string, name: string) =>
  `urn:pulumi:prod::timetracker::${type}::timetracker-prod-${name}`;
const types = {
  service: 'docker:index/service:Service',
  network: 'docker:index/network:Network',
  image: 'docker:index/image:Image',
  container: 'docker:index/container:Container',
};

function step(
  kind: keyof typeof types,
  name: string,
  now: Record<string, unknown> | undefined,
  was: Record<string, unknown> = { name: `timetracker-prod-${name}` },
): RefreshStep {
  const type = types[kind];
  const state = (values: Record<string, unknown>) => ({
    type,
    custom: true,
    inputs: values,
    outputs: values,
  });
  return {
    op: 'refresh',
    urn: urn(type, name),
    oldState: state(was),
    newState: now ? state({ ...was, ...now }) : null,
  };
}

function look(seen: Partial<Seen>): string[] {
  return driftText(
    'prod',
    driftOf({
      prefix: 'timetracker-prod',
      others: [],
      refreshed: [],
      listed: [],
      images: new Map(),
      down: [],
      ...seen,
    }),
  ).split('\n');
}

describe('drift', () => {
  it('is none, where all is as it was left', () =>
    assert.deepEqual(
      look({
        refreshed: [step('service', 'db', {}), step('network', 'edge-network', {})],
        listed: [
          { kind: 'service', name: 'timetracker-prod-db' },
          { kind: 'network', name: 'timetracker-prod-edge-network' },
        ],
      }),
      ['Stack prod is as its last release left it.'],
    ));

  it('is what is gone, what is another, and what fewer tasks run of', () =>
    assert.deepEqual(
      look({
        refreshed: [
          step('network', 'edge-network', undefined),
          step(
            'service',
            'edge',
            {
              endpointSpec: {
                ports: [
                  { targetPort: 8080, publishedPort: 80 },
                  { targetPort: 22, publishedPort: 22 },
                ],
              },
            },
            {
              name: 'timetracker-prod-edge',
              endpointSpec: { ports: [{ targetPort: 8080, publishedPort: 80 }] },
            },
          ),
          step('service', 'backend', {}),
        ],
        listed: [{ kind: 'service', name: 'timetracker-prod-edge' }],
        down: [{ name: 'timetracker-prod-backend', runs: '0 of 2' }],
      }),
      [
        'Stack prod is not as its last release left it:',
        'gone     network edge-network is gone from the server (the next `pulumi up` makes it again)',
        'changed  service edge is not as it was left: endpointSpec.ports.22.publishedPort: nothing → 22 (the next `pulumi up` sets it back)',
        'down     service backend runs 0 of 2 tasks (see: docker service ps timetracker-prod-backend)',
      ],
    ));

  it('is what has the name of the stack and is not its own, but not what another stack has', () =>
    assert.deepEqual(
      look({
        refreshed: [step('container', 'db', undefined)],
        others: ['timetracker-prod-eu-'],
        listed: [
          { kind: 'container', name: 'timetracker-prod-db' },
          { kind: 'volume', name: 'timetracker-prod-old' },
          // The watcher's own, which no plan has.
          { kind: 'volume', name: 'timetracker-prod-watch-facts' },
          { kind: 'volume', name: 'timetracker-prod-watch-memory' },
          { kind: 'service', name: 'timetracker-prod-eu-edge' },
        ],
      }),
      [
        'Stack prod is not as its last release left it:',
        'gone     container db is gone from the server (the next `pulumi up` makes it again)',
        "strange  container timetracker-prod-db has this stack's name, and is not the program's (look whose it is; nothing here removes it)",
        "strange  volume timetracker-prod-old has this stack's name, and is not the program's (look whose it is; nothing here removes it)",
      ],
    ));

  it('is an image whose tag means another', () => {
    const name = 'timetracker-prod/edge:1';
    const built = (imageName: string) =>
      step(
        'image',
        'edge-image',
        { imageName, repoDigest: 'sha256:1' },
        { imageName, repoDigest: 'sha256:1' },
      );
    assert.deepEqual(look({ refreshed: [built(name)], images: new Map([[name, ['sha256:1']]]) }), [
      'Stack prod is as its last release left it.',
    ]);
    assert.deepEqual(look({ refreshed: [built(name)], images: new Map([[name, ['sha256:2']]]) }), [
      'Stack prod is not as its last release left it:',
      'changed  the image timetracker-prod/edge:1 is another than the one that was built (build it again, with: npm run release)',
    ]);
    const digest = 'registry.example.com/tt/edge@sha256:3';
    const state = { imageName: name, repoDigest: digest };
    const pushed = step('image', 'edge-image', state, state);
    assert.deepEqual(
      look({ refreshed: [pushed], images: new Map([[name, ['sha256:1', digest]]]) }),
      ['Stack prod is as its last release left it.'],
    );
  });

  it('says nothing that a terminal obeys', () =>
    assert.ok(
      !look({ listed: [{ kind: 'volume', name: 'timetracker-prod-\u001b[2Jx\u202e' }] })
        .join('')
        .match(/\p{C}/u),
    ));
});
