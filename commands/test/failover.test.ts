import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brokenStandby,
  done,
  hasAll,
  parseStandbyFacts,
  question,
  type Roles,
  rolesOf,
} from '../failover';
import type { Server, Swarm } from '../nodes';

const server = (name: string, change: Partial<Server> = {}): Server => ({
  ...{ id: `${name}-id`, name, isManager: true, takesTasks: true, isReady: true, labels: {} },
  ...{ engine: '27.0.1', platform: 'linux/amd64', memoryMiB: 2048, tasks: {} },
  ...change,
});
const one = server('one', { labels: { 'tt-prod.data': 'true' }, tasks: { db: 1 } });
const two = server('two', { labels: { 'tt-prod.standby': 'true' }, tasks: { standby: 1 } });
const swarm = (replicas: number, servers: readonly Server[], standbys = 1): Swarm => ({
  ...{ prefix: 'tt-prod', servers, isSynchronous: false },
  loads: [
    { tier: 'db', replicas, memoryMiB: 512, place: 'data' },
    { tier: 'standby', replicas: standbys, memoryMiB: 512, place: 'standby' },
  ],
});
const roles: Roles = { next: two, last: one, left: 'all' };
const at = new Date('2026-11-28T05:14:59Z');

describe('npm run failover', () => {
  it("goes on where the engine in use is, if that is the standby's", () => {
    assert.deepEqual(rolesOf(swarm(1, [one, two]), 'two-id', 'prod'), roles);
    const lost: Roles = { next: two, last: undefined, left: 'all' };
    assert.deepEqual(rolesOf(swarm(1, [two]), 'two-id', 'prod'), lost);
    assert.throws(() => rolesOf(swarm(1, [one, two]), 'one-id', 'prod'), {
      message:
        'one has no standby: it is on two. The database goes on where the engine in use is; name that, with: ' +
        'pulumi config set --stack prod docker:host ssh://<user>@two',
    });
    const alone = { ...swarm(1, [one]), loads: [] };
    assert.throws(() => rolesOf(alone, 'one-id', 'prod'), {
      message:
        'No standby follows the database of stack prod: pulumi config set --stack prod databaseReplicas 1 ' +
        '(docs/standby.md). Without one, docs/backups.md has the way back.',
    });
  });

  it('goes on from wherever it was interrupted', () => {
    const none = (...servers: Server[]) => rolesOf(swarm(0, servers, 0), 'two-id', 'prod');
    assert.deepEqual(none(one, two), { ...roles, left: 'exchange' });
    // Somebody has stopped the database alone: that is no failover, and everything is asked.
    assert.deepEqual(rolesOf(swarm(0, [one, two]), 'two-id', 'prod'), roles);
    const moved = [
      server('one', { labels: { 'tt-prod.standby': 'true' } }),
      server('two', { labels: { 'tt-prod.data': 'true' } }),
    ] as const;
    const start = { next: moved[1], last: moved[0], left: 'start' };
    assert.deepEqual(none(...moved), start);
    // The database was started again, and the standby not yet.
    assert.deepEqual(rolesOf(swarm(1, moved, 0), 'two-id', 'prod'), start);
    // Between the two labels.
    assert.deepEqual(none(moved[0], two), { next: two, last: moved[0], left: 'exchange' });
  });

  const facts = (text: string) => parseStandbyFacts(text);
  const change = `change ${at.getTime() / 1000}`;
  it('reads what the standby tells', () => {
    assert.deepEqual(
      facts(`state alone\nfollowed ${at.getTime() / 1000}\n${change}\nsynchronous\n`),
      {
        ...{ state: 'alone', change: at, bytesBehind: 0, followed: at, isSynchronous: true },
      },
    );
    assert.deepEqual(facts('state copies\n'), {
      ...{ state: 'copies', change: undefined, bytesBehind: 0, followed: undefined },
      isSynchronous: false,
    });
    assert.equal(facts('state follows\nbehind 4096\n').bytesBehind, 4096);
  });

  it('has all that was acknowledged, if it heard so from the task that is gone', () => {
    const heard = facts(`state alone\nfollowed ${at.getTime() / 1000}\nsynchronous\n`);
    assert.equal(hasAll(heard, [at.getTime() - 1]), true);
    // Another one since, of which it heard nothing: commits may have waited for nobody there.
    assert.equal(hasAll(heard, [at.getTime() + 1]), false);
    assert.equal(hasAll(heard, []), false);
    assert.equal(hasAll({ ...heard, isSynchronous: false }, [0]), false);
    assert.equal(hasAll({ ...heard, followed: undefined }, [0]), false);
  });

  it('takes no half copy, and none that does not follow a database which runs', () => {
    assert.equal(brokenStandby(facts('state follows\n'), roles), undefined);
    assert.equal(
      brokenStandby(facts('state follows\nbehind 70000000\n'), roles),
      'The standby on two is 70.0 MB behind: wait until it has less to take (npm run status).',
    );
    assert.match(
      brokenStandby(facts('state copies\n'), roles) ?? '',
      /^The standby on two is no whole copy yet \(it copies\)/,
    );
    assert.match(
      brokenStandby(facts('state alone\n'), roles) ?? '',
      /does not follow the database on one, which runs: what came since would be lost/,
    );
    for (const last of [
      undefined,
      server('one', { isReady: false, tasks: { db: 1 } }),
      server('one'),
    ])
      assert.equal(brokenStandby(facts('state alone\n'), { ...roles, last }), undefined);
  });

  it('says before what is lost, and what comes next', () => {
    assert.equal(
      question(facts(`state follows\n${change}\n`), roles),
      'two has the database from here on, and one follows it. Writes wait for some seconds, and none is lost while ' +
        'one is well. Go on?',
    );
    assert.equal(
      question(facts(`state alone\n${change}\n`), roles),
      'two has the database from here on, as of its last write at 2026-11-28 05:14:59 UTC. What was acknowledged on one ' +
        'after that is lost. Be sure that one is off: cut off from the others, it would serve on until it hears of this. ' +
        'When it is back, it follows. Go on?',
    );
    assert.match(
      question(facts(`state alone\n${change}\nsynchronous\n`), roles),
      /Commits waited for it: no write that was acknowledged is lost\./,
    );
    assert.match(
      done(roles, 'prod'),
      /^two has the database\. one follows it as soon as it is there\.\n/,
    );
    assert.match(
      done({ ...roles, last: undefined }, 'prod'),
      /No server follows it: npm run nodes -- standby/,
    );
  });
});
