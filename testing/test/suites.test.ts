import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allSuites, companies, type Suite } from '../suites';

describe('the suites', () => {
  const suite = (name: string, waits = false): Suite => ({
    ...{ name, folder: '.', command: [], atOnce: 1, isCheck: false },
    ...(waits && { waits }),
  });
  const names = (groups: readonly (readonly Suite[])[]) =>
    groups.map((group) => group.map(({ name }) => name).join(' '));

  it('run alone, but for those that wait, where these stand next to each other', () => {
    const some = [suite('a'), suite('b', true), suite('c', true), suite('d'), suite('e', true)];
    assert.deepEqual(names(companies(some)), ['a', 'b c', 'd', 'e']);
    assert.deepEqual(companies([]), []);
  });

  it('that measure, or share the Swarm, are alone', () => {
    const beside = companies(allSuites()).filter((group) => group.length > 1);
    assert.deepEqual(names(beside), ['offsite backup plugins-engine watch']);
    for (const { name, needsSwarm } of beside.flat()) assert.notEqual(needsSwarm, true, name);
  });
});
