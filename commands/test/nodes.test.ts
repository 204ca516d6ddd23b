import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Load } from '../../infra/nodes';
import { parseDisks } from '../disks';
import { brokenCandidate, brokenDrain, listed, movable, type Server, type Swarm } from '../nodes';
import { crowded, shareOf } from '../spread';

const server = (name: string, change: Partial<Server> = {}): Server => ({
  id: `${name}-id`,
  name,
  isManager: false,
  takesTasks: true,
  isReady: true,
  labels: {},
  engine: '27.0.1',
  platform: 'linux/amd64',
  memoryMiB: 2048,
  tasks: {},
  ...change,
});
const one = server('one', {
  isManager: true,
  labels: { 'tt-prod.data': 'true', 'tt-prod.edge': 'true' },
  tasks: { db: 1, backend: 1, edge: 1 },
});
const two = server('two', { tasks: { backend: 2, frontend: 1 } });
const loads: Load[] = [
  { tier: 'db', replicas: 1, memoryMiB: 1024, place: 'data' },
  { tier: 'backend', replicas: 3, memoryMiB: 512, place: 'anywhere' },
  { tier: 'frontend', replicas: 1, memoryMiB: 128, place: 'anywhere' },
  { tier: 'edge', replicas: 1, memoryMiB: 768, place: 'edge' },
];
const swarm = (...servers: Server[]): Swarm => ({
  prefix: 'tt-prod',
  servers,
  loads,
  isSynchronous: false,
});
const edge = { 'tt-prod.edge': 'true' };

describe('npm run nodes', () => {
  it('shows a line a server', () => {
    const away = server('three', { isReady: false, takesTasks: false, engine: '26.1.5' });
    assert.equal(
      listed(swarm(one, two, away)),
      [
        'node   role     state                 engine  platform     memory   has         runs',
        'one    manager  ready                 27.0.1  linux/amd64  2.0 GiB  data, edge  db, backend, edge',
        'two    worker   ready                 27.0.1  linux/amd64  2.0 GiB              backend x2, frontend',
        'three  worker   DOWN, takes no tasks  26.1.5  linux/amd64  2.0 GiB',
        '',
        'No server may be lost: the tasks reserve 3.4 GiB, for which the rest has no room.',
        'one has the data: without it the site answers 503, and docs/backups.md has the way back.',
      ].join('\n'),
    );
  });

  it('shows what each has free of its disk, if that was asked', () => {
    const disks = parseDisks(
      'one-id 100000000000 40000000000\nhello\ntwo-id 50000000000 4000000000\n',
    );
    const lines = listed(swarm(one, two, server('three')), disks).split('\n');
    assert.match(lines[0] ?? '', / memory +disk free +has +runs$/);
    assert.match(lines[1] ?? '', / 40\.0 GB of 100\.0 GB +data, edge /);
    assert.match(lines[2] ?? '', / ONLY 4\.0 GB of 50\.0 GB /);
    assert.match(lines[3] ?? '', / unknown$/);
  });

  it('spreads what is on one server alone, over one that has come back', () => {
    const alone = server('three');
    const both = server('two', { tasks: { backend: 2, frontend: 1 } });
    assert.deepEqual(crowded(swarm(one, both, alone), alone), ['backend']);
    assert.deepEqual(crowded(swarm(one, both), one), []);
    const small = server('three', { memoryMiB: 500 });
    assert.deepEqual(crowded(swarm(one, both, small), small), []);
    const data = server('one', { tasks: { db: 1, edge: 2 } });
    assert.deepEqual(crowded(swarm(data, alone), alone), []);
    assert.match(
      listed(swarm({ ...one, tasks: { db: 1 } }, both)),
      /backend: several tasks on one server, and none on one\. Spread them with: npm run nodes -- return one$/,
    );
  });

  it("spreads a server's share, and one task at least", () => {
    assert.equal(shareOf(swarm(one, two), 'backend'), 1);
    assert.equal(shareOf(swarm(one, two, server('three'), server('four')), 'backend'), 1);
    assert.equal(shareOf(swarm(one, server('three', { takesTasks: false })), 'backend'), 3);
  });

  it('lets no server join that could do nothing', () => {
    const info = (change: object = {}, state = 'inactive', NodeID = '') => ({
      ...{ Name: 'new', Architecture: 'x86_64', OSType: 'linux', ...change },
      Swarm: { LocalNodeState: state, NodeID },
    });
    assert.equal(brokenCandidate(info(), [one]), undefined);
    assert.equal(
      brokenCandidate(info({}, 'active', 'one-id'), [one]),
      'new is a node of this Swarm already: npm run nodes',
    );
    assert.equal(
      brokenCandidate(info({}, 'active', 'x'), [one]),
      'new is in another Swarm; if nothing there is needed, on it: docker swarm leave --force',
    );
    assert.equal(
      brokenCandidate(info({ Architecture: 'aarch64' }), [one]),
      'new is linux/arm64, and images are built for linux/amd64: it would get no task',
    );
  });

  it('moves what can be elsewhere, and empties no server that is needed', () => {
    assert.deepEqual(movable(swarm(one, two), one), ['backend']);
    assert.deepEqual(movable(swarm(one, two), two), ['backend', 'frontend']);
    assert.equal(brokenDrain(swarm(one, two), two), undefined);
    assert.match(
      brokenDrain(swarm(one, two), one) ?? '',
      /^one has the data, which no label moves/,
    );
    assert.equal(brokenDrain(swarm(two), two), 'two is the only node that takes tasks.');
    const apart = { ...one, labels: { 'tt-prod.data': 'true' } };
    assert.equal(
      brokenDrain(swarm(apart, { ...two, labels: edge }), { ...two, labels: edge }),
      "two alone publishes the site's port; say of another first that it does: npm run nodes -- edge <node>",
    );
  });
});
