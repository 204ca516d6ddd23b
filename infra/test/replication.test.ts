import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../config';
import { parseReplication } from '../replication';

type Values = Parameters<typeof parseReplication>[0];

function read(values: Values, orchestrator: 'container' | 'swarm' = 'swarm') {
  const problems: string[] = [];
  const problem = (text: string) => problems.push(text);
  return {
    replication: parseReplication(values, { stack: 'prod', orchestrator, problem }),
    problems,
  };
}
const registry = 'r.example.com/team';

describe('a server that follows the database', () => {
  it('is none, if nothing is said', () => {
    assert.deepEqual(read({}), { replication: undefined, problems: [] });
    assert.deepEqual(read({ databaseReplicas: '0' }), { replication: undefined, problems: [] });
  });

  it('is waited for, if config says so', () => {
    assert.deepEqual(read({ databaseReplicas: '1', registry }), {
      replication: { isSynchronous: false },
      problems: [],
    });
    assert.deepEqual(
      read({ databaseReplicas: '1', databaseSynchronous: 'true', registry }).replication,
      { isSynchronous: true },
    );
  });

  const set = 'mend it with: pulumi config set --stack prod';
  const remove = 'pulumi config rm --stack prod';
  for (const [what, values, problem, orchestrator] of [
    [
      'is one',
      { databaseReplicas: '2', registry },
      `databaseReplicas is "2", but must be 0 or 1: the one server that follows the database; ${set} databaseReplicas 1`,
    ],
    [
      'is waited for or not',
      { databaseReplicas: '1', databaseSynchronous: 'yes', registry },
      `databaseSynchronous is "yes", but must be true or false; ${set} databaseSynchronous true`,
    ],
    [
      'is not waited for without being there',
      { databaseSynchronous: 'true' },
      'databaseSynchronous does nothing without a standby that commits could wait for; ' +
        `${set} databaseReplicas 1, or remove it with: ${remove} databaseSynchronous`,
    ],
    [
      'is no matter of this program, where somebody else runs the database',
      { databaseReplicas: '1', database: 'external', registry },
      'databaseReplicas is 1, but database is external: who runs that has its standby; ' +
        `remove it with: ${remove} databaseReplicas`,
    ],
    [
      'has its image from a registry',
      { databaseReplicas: '1' },
      'databaseReplicas is 1, but a standby is on another server, and that needs a registry which both reach ' +
        `(docs/servers.md); ${set} registry registry.example.com/team, or remove it with: ${remove} databaseReplicas`,
    ],
    [
      'is no container',
      { databaseReplicas: '1' },
      'databaseReplicas is 1, but containers are on one server: a standby is on another; ' +
        `remove it with: ${remove} databaseReplicas`,
      'container',
    ],
  ] as const)
    it(what, () => assert.deepEqual(read(values, orchestrator).problems, [problem]));

  it('is read with the rest of the config', () => {
    const config = parseConfig({
      ...{ project: 'tt', stack: 'prod', hostImages: {}, isSecret: () => true },
      values: {
        ...{ 'tt:orchestrator': 'swarm', 'tt:port': '80', 'tt:adminPassword': 'x'.repeat(12) },
        ...{ 'tt:registry': registry, 'tt:databaseReplicas': '1' },
      },
    });
    assert.deepEqual(config.replication, { isSynchronous: false });
  });
});
