import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint, type Parts, parseFingerprint, planParts } from '../fingerprint';
import { plan, resource } from './plans';

const parts: Parts = {
  base: '0000000001',
  head: '0000000002',
  config: '0000000003',
  state: '0000000004',
  operations: '0000000005',
  values: '0000000006',
};

describe('a fingerprint', () => {
  it('says of what it is made', () => {
    const text = fingerprint('live', parts);
    assert.equal(text, 'live-0000000001-0000000002-0000000003-0000000004-0000000005-0000000006');
    assert.deepEqual(parseFingerprint(` ${text}\n`), { kind: 'live', parts });
    for (const other of ['', 'live', text.slice(1), `${text}-0`, text.replace('0005', 'xyz5')])
      assert.equal(parseFingerprint(other), undefined, other);
  });

  const updated = (after: string) =>
    plan([
      resource('service', 'backend', 'update', {
        changes: [{ path: 'taskSpec.containerSpec.env.A', before: '1', after }],
      }),
    ]);

  it('is the same for the same data in another order', () => {
    const [a, b] = [resource('service', 'a', 'update'), resource('service', 'b', 'update')];
    assert.deepEqual(planParts(plan([a, b])), planParts(plan([b, a])));
  });

  it('has values in a part of its own', () => {
    const [two, three] = [planParts(updated('2')), planParts(updated('3'))];
    assert.equal(two.operations, three.operations);
    assert.notEqual(two.values, three.values);
  });

  it('counts operations, properties and what makes something be replaced', () => {
    const one = planParts(updated('2')).operations;
    for (const other of [
      plan([]),
      plan([resource('service', 'backend', 'replace')]),
      plan([resource('service', 'backend', 'update', { changes: [{ path: 'labels' }] })]),
    ])
      assert.notEqual(planParts(other).operations, one);
  });

  it('counts no ids and no names that are made up each time', () => {
    const id = (letter: string) => letter.repeat(64);
    assert.deepEqual(
      planParts(updated(`x sha256:${id('a')} timetracker-prod-release-1a2b3c4`)),
      planParts(updated(`x sha256:${id('b')} timetracker-prod-release-4c3b2a1`)),
    );
  });
});
