import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokenStandby, done, parseStandbyFacts, question, type Roles, rolesOf } from '../failover';
import type { Server, Swarm } from '../nodes';

const server = (name: string, change: Partial<Server> = {}): Server => ({
  ...{ id: `${name}-id`, name, isManager: true, takesTasks: true, isReady: true, labels: {} },
  ...{ engine: '27.0.1', platform: 'linux/amd64', memoryMiB: 2048, tasks: {} },
  ...change,
});
const one = server('one', { labels: { 'tt-prod.data': 'true' }, tasks: { db: 1 } });
const two = server('two', { labels: { 'tt-prod.standby': 'true' }, tasks: { standby: 1 } });
const swarm = (replicas: number, ...servers: Server[]): Swarm => ({
  ...{ prefix: 'tt-prod', servers, isSynchronous: false },
  loads: [
    { tier: 'db', replicas, memoryMiB: 512, place: 'data' },
    { tier: 'standby', replicas: 1, memoryMiB: 512, place: 'standby' },
  ],
});
const roles: Roles = { next: two, last: one, isUnfinished: false };
const at = new Date('2026-11-28T05:14:59Z');

describe('npm run failover', () => {
  it("goes on where the engine in use is, if that is the standby's", () => {
    assert.deepEqual(rolesOf(swarm(1, one, two), 'two-id', 'prod'), roles);
    const lost: Roles = { next: two, last: undefined, isUnfinished: false };
    assert.deepEqual(rolesOf(swarm(1, two), 'two-id', 'prod'), lost);
    assert.throws(() => rolesOf(swarm(1, one, two), 'one-id', 'prod'), {
      message:
        'one has no standby: it is on two. The database goes on where the engine in use is; name that, with: ' +
        'pulumi config set --stack prod docker:host ssh://<user>@two',
    });
    const alone = { ...swarm(1, one), loads: [] };
    assert.throws(() => rolesOf(alone, 'one-id', 'prod'), {
      message:
        'No standby follows the database of stack prod: pulumi config set --stack prod databaseReplicas 1 ' +
        '(docs/standby.md). Without one, docs/backups.md has the way back.',
    });
  });

  it('goes on from wherever it was interrupted', () => {
    assert.deepEqual(rolesOf(swarm(0, one, two), 'two-id', 'prod'), {
      ...roles,
      isUnfinished: true,
    });
    const moved = [
      server('one', { labels: { 'tt-prod.standby': 'true' } }),
      server('two', { labels: { 'tt-prod.data': 'true' } }),
    ] as const;
    assert.deepEqual(rolesOf(swarm(0, ...moved), 'two-id', 'prod'), {
      next: moved[1],
      last: moved[0],
      isUnfinished: true,
    });
    // Between the two labels.
    assert.deepEqual(rolesOf(swarm(0, moved[0], two), 'two-id', 'prod'), {
      ...{ next: two, last: moved[0], isUnfinished: true },
    });
  });

  const facts = (text: string) => parseStandbyFacts(text);
  const change = `change ${at.getTime() / 1000}`;
  it('reads what the standby tells', () => {
    assert.deepEqual(facts(`state alone\n${change}\nsynchronous\n`), {
      ...{ state: 'alone', change: at, isSynchronous: true },
    });
    assert.deepEqual(facts('state copies\n'), {
      ...{ state: 'copies', change: undefined, isSynchronous: false },
    });
  });

  it('takes no half copy, and none that does not follow a database which runs', () => {
    assert.equal(brokenStandby(facts('state follows\n'), roles), undefined);
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
      'two has the database from here on, and one follows it. Writes wait for some seconds, and none is lost. Go on?',
    );
    assert.equal(
      question(facts(`state alone\n${change}\n`), roles),
      'two has the database from here on, as of its last write at 2026-11-28 05:14:59 UTC. What was acknowledged on one ' +
        'after that is lost. When one is back, it follows. Go on?',
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
