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

  it('begin with the files that take longest, and have each once', () => {
    const filesOf = (name: string) =>
      allSuites()
        .find((suite) => suite.name === name)
        ?.command.filter((word) => word.endsWith('.test.ts')) ?? [];
    assert.deepEqual(
      filesOf('e2e-prod').slice(0, 5),
      ['external', 'start', 'accidents', 'offsite', 'backup'].map(
        (name) => `e2e/prod/${name}.test.ts`,
      ),
    );
    assert.deepEqual(
      filesOf('e2e-load'),
      ['releases', 'rotation', 'faults', 'network'].map((name) => `e2e/load/${name}.test.ts`),
    );
    for (const name of ['e2e-dev', 'e2e-prod', 'e2e-load'])
      assert.equal(new Set(filesOf(name)).size, filesOf(name).length);
  });
});
