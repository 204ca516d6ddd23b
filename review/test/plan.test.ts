import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRefusal, readPlan, touched } from '../plan';

const urn = (type: string, name: string) =>
  `urn:pulumi:prod::timetracker::timetracker:infra:X$${type}::timetracker-prod-${name}`;
const types = {
  service: 'docker:index/service:Service',
  network: 'docker:index/network:Network',
  secret: 'docker:index/secret:Secret',
};
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

type Inputs = Record<string, unknown>;

function step(
  op: string,
  kind: keyof typeof types,
  name: string,
  { was, now, ...more }: { was?: Inputs; now?: Inputs } & Record<string, unknown> = {},
) {
  const state = (inputs: Inputs) => ({ type: types[kind], custom: true, id: `${name}-id`, inputs });
  return {
    op,
    urn: urn(types[kind], name),
    ...(was && { oldState: state(was) }),
    ...(now && { newState: state(now) }),
    ...more,
  };
}

function read(
  steps: unknown[],
  diagnostics: unknown[] = [],
  state: Parameters<typeof readPlan>[2] = [],
) {
  return readPlan(JSON.stringify({ steps, diagnostics }), 'timetracker-prod', state);
}

describe('a plan', () => {
  it('has the changes of a resource by name, whatever their order', () => {
    const env = (...entries: string[]) => ({
      envs: entries,
      ports: [{ internal: 1, external: 2 }],
    });
    const [one] = read([
      step('update', 'service', 'backend', {
        was: env('A=1', 'B=2', 'C=3'),
        now: env('C=3', 'B=two', 'D=4'),
      }),
    ]).resources;
    assert.deepEqual(one?.changes, [
      { path: 'envs.A', before: '1' },
      { path: 'envs.B', before: '2', after: 'two' },
      { path: 'envs.D', after: '4' },
    ]);
    assert.equal(one?.name, 'backend');
  });

  it('hides no entry behind another of the same name', () =>
    assert.deepEqual(
      read([
        step('update', 'service', 'backend', {
          was: { labels: [{ label: 'a', value: '1' }] },
          now: {
            labels: [
              { label: 'a', value: '1' },
              { label: 'a', value: '2' },
            ],
          },
        }),
      ]).resources[0]?.changes,
      [{ path: 'labels.a (2).value', after: '2' }],
    ));

  it('leaves out what a Swarm writes into a network by itself', () =>
    assert.deepEqual(
      read([
        step('replace', 'network', 'edge-network', {
          was: {
            options: { encrypted: '', 'com.docker.network.driver.overlay.vxlanid_list': '4097' },
          },
          now: { options: {} },
        }),
      ]).resources[0]?.changes,
      [{ path: 'options.encrypted', before: '' }],
    ));

  it('says that a secret changes, and that a value is not known yet', () =>
    assert.deepEqual(
      read([
        step('replace', 'secret', 'key', {
          was: { data: '[secret]', name: 'a' },
          now: { data: '[secret]', name: unknown },
          replaceReasons: ['data'],
          diffReasons: ['data'],
        }),
      ]).resources[0],
      {
        name: 'key',
        kind: 'secret',
        operation: 'replace',
        changes: [
          { path: 'name', before: 'a', after: '(known when it is done)' },
          { path: 'data', before: '(secret)', after: '(secret)' },
        ],
        causes: ['data'],
        isProtected: false,
        isKept: false,
        uses: [],
      },
    ));

  it('has names in place of ids, also of what is still to be made', () => {
    const nets = (...ids: string[]) => ({
      networksAdvanceds: ids.map((id) => ({ id, aliases: ['x'] })),
    });
    const backend = step('replace', 'service', 'backend', {
      was: nets('old-network-id'),
      now: nets(unknown),
    });
    const uses = {
      propertyDependencies: { networksAdvanceds: [urn(types.network, 'new-network')] },
    };
    const { resources } = read([
      step('create', 'network', 'new-network', { now: {} }),
      { ...backend, newState: { ...backend.newState, ...uses } },
      step('delete', 'network', 'old-network', { was: {} }),
    ]);
    assert.deepEqual(
      resources.find(({ name }) => name === 'backend')?.changes.map(({ path }) => path),
      ['networksAdvanceds.new-network.aliases', 'networksAdvanceds.old-network.aliases'],
    );
  });

  it('knows what was looked at from what is done, and made again from deleted', () => {
    const { resources } = read([
      step('refresh', 'service', 'db', { was: {}, now: {} }),
      step('same', 'service', 'db', { was: {}, now: {} }),
      step('delete', 'service', 'edge', { was: {} }),
      step('create', 'service', 'edge', { now: {} }),
    ]);
    assert.deepEqual(
      resources.map(({ name, operation }) => [name, operation]),
      [
        ['db', 'same'],
        ['edge', 'create'],
      ],
    );
  });

  const held = [
    { urn: urn(types.service, 'db'), type: types.service, custom: true },
    {
      urn: 'urn:pulumi:prod::timetracker::pulumi:providers:docker::default_5_2_0',
      type: 'pulumi:providers:docker',
      custom: true,
    },
  ];

  it('has what Pulumi deletes without a word, although it was looked at', () =>
    assert.deepEqual(
      touched(read([step('refresh', 'service', 'db', { was: {}, now: {} })], [], held)).map(
        ({ name, operation }) => [name, operation],
      ),
      [['db', 'delete']],
    ));

  it('that was broken off says nothing of the rest; one that is refused does', () => {
    const error = (message: string) => [{ severity: 'error', message }];
    assert.deepEqual(touched(read([], error('error: no'), held)), []);
    const refused = read(
      [],
      error('resource "x" cannot be deleted\nbecause it is protected.'),
      held,
    );
    assert.equal(touched(refused).length, 1);
    assert.ok(isRefusal(refused));
    assert.ok(!isRefusal(read([], error('error: no'), held)));
  });

  it('names the line that declares a resource, not the one that makes all of its kind', () => {
    const place = (...places: string[]) => {
      const one = step('create', 'service', 'db', { now: {} });
      const stackTrace = places.map((sourcePosition) => ({ sourcePosition }));
      return read([{ ...one, newState: { ...one.newState, stackTrace } }]).resources[0]?.source;
    };
    assert.deepEqual(
      place(
        'project:///infra/workload/service.ts#34,10',
        'project:///infra/stack.ts#94,25',
        'project:///infra/database.ts#27,11',
      ),
      { file: 'infra/database.ts', line: 27 },
    );
    assert.equal(
      place('project:///../../etc/passwd#1,1', 'project:///infra/../../x.ts#1,1'),
      undefined,
    );
  });
});
