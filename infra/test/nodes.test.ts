import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absences, announceLosses, type Load, losses, misfit, type Node, nodeOf } from '../nodes';

const inspected = (name: string, labels: readonly string[] = [], change: object = {}) => ({
  ID: `${name}-id`,
  Spec: {
    Role: 'worker',
    Availability: 'active',
    Labels: Object.fromEntries(labels.map((label) => [`tt-prod.${label}`, 'true'])),
    ...change,
  },
  Description: { Hostname: name, Resources: { MemoryBytes: 2048 * 2 ** 20 + 4096 } },
  Status: { State: 'ready' },
});
const nodes = (...all: ReturnType<typeof inspected>[]): Node[] => all.map(nodeOf);
const place = { self: 'one-id', stack: 'prod', prefix: 'tt-prod' };
const registry = { address: 'r.example', server: 'r.example', login: undefined, isOwn: false };
const one = inspected('one', [], { Role: 'manager' });
const two = inspected('two');

describe('the nodes of a stack', () => {
  it('are read as the engine tells them', () =>
    assert.deepEqual(
      nodes({
        ...inspected('two', ['edge'], { Availability: 'drain' }),
        Status: { State: 'down' },
      }),
      [
        {
          ...{ id: 'two-id', name: 'two', isManager: false, takesTasks: false, isReady: false },
          ...{ labels: { 'tt-prod.edge': 'true' }, memoryMiB: 2048 },
        },
      ],
    ));

  const without = { registry: undefined, edgeReplicas: 1, replication: undefined };
  it('without a registry are one that takes tasks', () => {
    assert.equal(misfit(without, nodes(one), place), undefined);
    const drained = inspected('two', [], { Availability: 'drain' });
    assert.equal(misfit(without, nodes(one, drained), place), undefined);
    assert.equal(
      misfit(without, nodes(two, one), place),
      'The Swarm has 2 nodes that take tasks (two, one), and the images of this stack are on the one that builds them ' +
        'alone. Name a registry that all of them reach, with: pulumi config set --stack prod registry ' +
        'registry.example.com/team (docs/servers.md), or let the others take no tasks: docker node update ' +
        '--availability drain two',
    );
  });

  const home = inspected('one', ['data', 'edge'], { Role: 'manager' });
  it('with one are said to have the data, once, and there is the engine', () => {
    const fits = (...all: ReturnType<typeof inspected>[]) =>
      misfit({ registry, edgeReplicas: 1, replication: undefined }, nodes(...all), place);
    assert.equal(fits(home, two), undefined);
    assert.equal(
      fits(one, two),
      "No node is said to have this stack's data (label tt-prod.data), where database and backups run; say so with: " +
        'npm run nodes -- --stack prod data one',
    );
    assert.equal(
      fits(home, inspected('two', ['data'])),
      "2 nodes are said to have this stack's data (one, two), but it is on one; take the label off the others with: " +
        'docker node update --label-rm tt-prod.data <node>',
    );
    assert.equal(
      fits(one, inspected('two', ['data', 'edge'])),
      "This stack's data is on two, but the engine in use is one: backups and restores work beside the data. Name the " +
        'engine there with: pulumi config set --stack prod docker:host ssh://<user>@two',
    );
  });

  it('have the standby once, and not where the data is', () => {
    const fits = (...all: ReturnType<typeof inspected>[]) =>
      misfit(
        { registry, edgeReplicas: 1, replication: { isSynchronous: false } },
        nodes(...all),
        place,
      );
    assert.equal(fits(home, inspected('two', ['standby'], { Role: 'manager' })), undefined);
    assert.equal(
      fits(home, inspected('two', ['standby'])),
      'two is said to have the standby, and is a worker, which could not take over without a manager; make it one with: ' +
        'docker node promote two',
    );
    assert.equal(
      fits(home, two),
      'databaseReplicas is 1, and no node is said to have the standby (label tt-prod.standby); say so with: ' +
        'npm run nodes -- --stack prod standby two',
    );
    assert.equal(
      fits(home, inspected('two', ['standby']), inspected('three', ['standby'])),
      '2 nodes are said to have the standby (two, three), but there is one; take the label off the others with: ' +
        'docker node update --label-rm tt-prod.standby <node>',
    );
    assert.equal(
      fits(inspected('one', ['data', 'standby', 'edge']), two),
      'one is said to have both the data and their standby, and would lose both at once; take one label off with: ' +
        'docker node update --label-rm tt-prod.standby one',
    );
    assert.match(
      fits(inspected('one', ['standby', 'edge']), inspected('two', ['data'])) ?? '',
      /docker:host ssh:\/\/<user>@two\. If that server is lost, go on with the standby here: npm run failover -- --stack prod$/,
    );
  });

  it('have a port for each edge', () => {
    const fits = (edgeReplicas: number, ...all: ReturnType<typeof inspected>[]) =>
      misfit({ registry, edgeReplicas, replication: undefined }, nodes(...all), place);
    assert.equal(fits(2, home, inspected('two', ['edge'])), undefined);
    assert.equal(
      fits(2, home, two),
      "edgeReplicas is 2, and only one is said to publish the site's port (label tt-prod.edge); say so of another with: " +
        'npm run nodes -- --stack prod edge two',
    );
    assert.equal(
      fits(1, inspected('one', ['data']), inspected('two', ['edge'], { Availability: 'pause' })),
      "edgeReplicas is 1, and no node is said to publish the site's port (label tt-prod.edge); say so of another with: " +
        'npm run nodes -- --stack prod edge one',
    );
  });
});

describe('a server that is away', () => {
  const down = { Status: { State: 'down' } };
  const home = inspected('one', ['data', 'edge'], { Role: 'manager' });
  const said = (
    config: Parameters<typeof absences>[0],
    ...all: (ReturnType<typeof inspected> | (ReturnType<typeof inspected> & typeof down))[]
  ) => absences(config, nodes(...all), place);

  it('is told of in the plan, where a change would wait for it, with what goes on without it', () => {
    const other = { ...inspected('two', ['edge', 'standby']), ...down };
    assert.deepEqual(said({ edgeReplicas: 2, replication: { isSynchronous: true } }, home, other), [
      'two is away, and has an edge: where this changes that, it ends red. To go on without it until it is back: ' +
        'pulumi config set --stack prod edgeReplicas 1',
      'two is away, and has the standby: where this changes that, it ends red. To go on without it until it is back: ' +
        'pulumi config rm --stack prod databaseSynchronous && pulumi config set --stack prod databaseReplicas 0',
    ]);
    assert.deepEqual(
      said({ edgeReplicas: 1, replication: { isSynchronous: false } }, home, other).map((line) =>
        line.replace(/.*: /, ''),
      ),
      ['pulumi config set --stack prod databaseReplicas 0'],
    );
  });

  it('is not, where nothing waits for it', () => {
    const other = { ...inspected('two', ['edge', 'standby']), ...down };
    assert.deepEqual(said({ edgeReplicas: 1, replication: undefined }, home, other), []);
    const there = inspected('two', ['edge', 'standby']);
    const both = { edgeReplicas: 2, replication: { isSynchronous: true } };
    assert.deepEqual(said(both, home, there, { ...inspected('three'), ...down }), []);
    assert.deepEqual(said(both), []);
  });
});

describe('how many nodes may be lost', () => {
  const node = (name: string, memoryMiB: number, ...has: string[]): Node => ({
    ...{ id: name, name, isManager: false, takesTasks: true, isReady: true, memoryMiB },
    labels: Object.fromEntries(has.map((what) => [`tt-prod.${what}`, 'true'])),
  });
  const load = (
    place: Load['place'],
    replicas: number,
    memoryMiB: number,
    tier = place === 'data' ? 'db' : 'any',
  ): Load => ({ tier, place, replicas, memoryMiB });
  const loads = [
    load('data', 1, 1024),
    load('edge', 1, 256),
    load('anywhere', 3, 512),
    load('anywhere', 1, 128),
  ];
  const one = node('one', 2048, 'data', 'edge');
  const data =
    'one has the data: without it the site answers 503, and docs/backups.md has the way back.';
  const room = 'then the rest has room for everything.';

  it('is none of one', () =>
    assert.deepEqual(losses('tt-prod', [one], loads, false), [
      'One server: if it is lost, docs/backups.md has the way back.',
    ]));

  it('is as many as leave room for what can run elsewhere, and for one more that rolls', () => {
    const may = (...nodes: Node[]) => losses('tt-prod', nodes, loads, false)[0];
    const [two, three] = [node('two', 2048), node('three', 2048)];
    assert.deepEqual(losses('tt-prod', [one, two], loads, false), [
      'No server may be lost: the tasks reserve 2.9 GiB, for which the rest has no room.',
      data,
    ]);
    assert.equal(may(one, two, three), `Of two, three, 1 may be lost at once: ${room}`);
    // 768 + 2048 hold 4 x 512 and 128, 768 + 1536 don't: 256 are left here, 0 there.
    assert.equal(
      may(one, two, node('three', 1536)),
      `Of two, three, 1 may be lost at once: ${room}`,
    );
    // Enough in all, but in no piece large enough.
    assert.match(
      may(one, node('two', 500), node('three', 500), node('four', 500)) ?? '',
      /^No server/,
    );
    const large = node('one', 8192, 'data', 'edge');
    assert.equal(
      may(large, two, three),
      'May be lost, together, and the rest has room for everything: two, three.',
    );
  });

  it('leaves room on each for what is everywhere', () => {
    const servers = [one, node('two', 2100), node('three', 2100)];
    const may = (memoryMiB: number) =>
      losses('tt-prod', servers, [...loads, load('everywhere', 1, memoryMiB, 'gate')], false)[0];
    assert.match(may(48) ?? '', /^Of two, three, 1/);
    assert.match(may(300) ?? '', /^No server may be lost/);
  });

  it('is never the one with the data, nor the last one with the port', () => {
    const large = node('one', 8192, 'data');
    assert.deepEqual(
      losses('tt-prod', [large, node('two', 2048, 'edge'), node('three', 512)], loads, false),
      [
        'May be lost, and the rest has room for everything: three.',
        data,
        "two alone publishes the port: without it the site can't be reached.",
      ],
    );
  });

  it('is not the one with the data where another follows, nor that one, if commits wait for it', () => {
    const followed = [...loads, load('standby', 1, 1024, 'standby')];
    const nodes = [
      node('one', 8192, 'data', 'edge'),
      node('two', 8192, 'standby', 'edge'),
      node('three', 8192),
    ].map((node) => ({ ...node, isManager: true }));
    const goesOn =
      'one has the data: without it the site answers 503, and goes on on two by npm run failover.';
    assert.deepEqual(losses('tt-prod', nodes, followed, false), [
      'May be lost, together, and the rest has room for everything: two, three.',
      goesOn,
    ]);
    const waits = 'two has the standby that commits wait for: without it nothing is written.';
    assert.deepEqual(losses('tt-prod', nodes, followed, true), [
      'May be lost, and the rest has room for everything: three.',
      goesOn,
      waits,
    ]);
    // Two managers are no more than one.
    assert.deepEqual(losses('tt-prod', nodes.slice(0, 2), followed, true), [
      'one has the data: without it the site answers 503, and goes on on two by npm run failover, after docker swarm init ' +
        '--force-new-cluster there: see docs/standby.md for three managers.',
      waits,
    ]);
  });

  it('may be the one with the backups, where the database is elsewhere', () => {
    const backups = [load('data', 1, 128, 'backup'), ...loads.slice(1)];
    const nodes = [node('one', 2048, 'data'), node('two', 8192, 'edge')];
    assert.deepEqual(losses('tt-prod', nodes, backups, false), [
      'May be lost, and the rest has room for everything: one.',
      'one has the backups: without it none is made.',
      "two alone publishes the port: without it the site can't be reached.",
    ]);
  });

  it('is not asked where the tasks have no room at all: they would wait for it', () => {
    const small = [node('one', 1536, 'data', 'edge'), node('two', 1024)];
    assert.throws(() => announceLosses('tt-prod', small, loads, false), {
      message:
        "The tasks of this stack reserve 2.9 GiB, which the nodes that take tasks don't have where it is needed " +
        '(one 1.5 GiB, two 1.0 GiB). Add another with: npm run nodes -- add ssh://<user>@<server>, or lower ' +
        'backendReplicas or frontendReplicas',
    });
    const drained = { ...node('three', 4096), takesTasks: false };
    assert.throws(
      () => announceLosses('tt-prod', [...small, drained], loads, false),
      /reserve 2\.9 GiB/,
    );
    announceLosses('tt-prod', [...small, { ...drained, takesTasks: true }], loads, false);
  });
});
