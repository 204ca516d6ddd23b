import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LeftContainer, wellOf } from '../as-left';

const container = (Name: string, change: Partial<LeftContainer> = {}): LeftContainer => ({
  ...{ Id: `${Name}-id`, Name, Image: 'sha256:1', Config: { Env: ['A=1'] }, HostConfig: {} },
  State: { Running: true, Health: { Status: 'healthy' } },
  NetworkSettings: { Networks: { n: { NetworkID: 'n1' } } },
  ...change,
});

describe('a stack that is as it was left', () => {
  it('has the same containers, whatever the order in which they are told', () =>
    assert.deepEqual(
      wellOf([container('a'), container('b')]),
      wellOf([container('b'), container('a')]),
    ));

  for (const [what, change] of [
    ['another image', { Image: 'sha256:2' }],
    ['another setting', { Config: { Env: ['A=2'] } }],
    ['another limit', { HostConfig: { Memory: 1 } }],
    ['another network', { NetworkSettings: { Networks: { n: { NetworkID: 'n2' } } } }],
    ['a container of another id', { Id: 'x' }],
  ] as const)
    it(`has not ${what}`, () =>
      assert.notDeepEqual(wellOf([container('a')]), wellOf([container('a', change)])));

  for (const [what, State] of [
    ['stopped', { Running: false, Health: { Status: 'healthy' } }],
    ['unhealthy', { Running: true, Health: { Status: 'unhealthy' } }],
    ['starting', { Running: true, Health: { Status: 'starting' } }],
    ['without a health check', { Running: true }],
  ] as const)
    it(`has none that is ${what}`, () =>
      assert.equal(wellOf([container('a'), container('b', { State })]), undefined));
});
