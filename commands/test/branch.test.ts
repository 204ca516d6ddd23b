import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkBranchName, portIn, withPort } from '../branch';
import { foreignNetworks, ownContainers, ownVolumes, refuseToRemove } from '../stop';

describe("a branch's config", () => {
  for (const [before, after] of [
    [
      'config:\n  timetracker:orchestrator: container\n  timetracker:port: 8080\nencryptionsalt: v1:a\n',
      'config:\n  timetracker:orchestrator: container\n  timetracker:port: 8099\nencryptionsalt: v1:a\n',
    ],
    ['config:\n  "timetracker:port": "8080" # ours\n', 'config:\n  "timetracker:port": 8099\n'],
    [
      'config:\n  timetracker:orchestrator: container\n',
      'config:\n  timetracker:port: 8099\n  timetracker:orchestrator: container\n',
    ],
  ] as const)
    it(`is dev's on another port: ${JSON.stringify(before)}`, () => {
      assert.equal(withPort(before, 8099), after);
      assert.equal(portIn(after), 8099);
    });
});

describe("a branch's name", () => {
  it('is refused with the rule that it breaks', () => {
    checkBranchName('pr-12');
    for (const [name, rule] of [
      ['PR-12', /^A stack can't be called PR-12: its name must be lower-case letters/],
      ['pr.12', /must be lower-case letters/],
      ['-x', /begin and end with a letter or digit/],
      ['x'.repeat(30), /must be at most \d+ characters long/],
    ] as const)
      assert.throws(() => checkBranchName(name), { message: rule });
  });
});

describe('what npm run stop removes', () => {
  it('are the volumes of that stack alone', () =>
    assert.deepEqual(
      ownVolumes('timetracker-pr-1', [
        'timetracker-pr-1-db-data',
        'timetracker-pr-1-db-files',
        'timetracker-pr-12-db-data',
        'timetracker-pr-1-b-db-data',
        'timetracker-pr-1-db-db-data',
        'timetracker-dev-db-data',
        'my-timetracker-pr-1-db-data',
      ]),
      ['timetracker-pr-1-db-data', 'timetracker-pr-1-db-files'],
    ));

  it('is nothing of a stack that another state has made again', () => {
    const network = (name: string, id: string) => ({
      urn: `urn:pulumi:pr-1::timetracker::docker:index/network:Network::${name}`,
      type: 'docker:index/network:Network',
      id,
      inputs: { name },
    });
    const state = [network('pr-1-a', '1'), network('pr-1-b', '2')];
    assert.deepEqual(foreignNetworks(state, ['1 pr-1-a', '3 pr-1-c']), []);
    assert.deepEqual(foreignNetworks(state, ['9 pr-1-a', '2 pr-1-b']), ['pr-1-a']);
  });

  it('are the containers of that stack alone', () =>
    assert.deepEqual(
      ownContainers('timetracker-pr-1', [
        'timetracker-pr-1-db',
        'timetracker-pr-1-b-db',
        'timetracker-pr-12-db',
        'my-timetracker-pr-1-db',
      ]),
      ['timetracker-pr-1-db'],
    ));

  it('is never dev, prod or what runs on Swarm', () => {
    assert.throws(() => refuseToRemove('dev', 'container'), /^Problem: Stack dev stays\./);
    assert.throws(() => refuseToRemove('prod', undefined), /Stack prod is production/);
    assert.throws(() => refuseToRemove('live', 'swarm'), /Stack live is production/);
    refuseToRemove('pr-12', 'container');
  });
});
