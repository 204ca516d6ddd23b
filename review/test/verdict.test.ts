import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigFacts, Facts } from '../facts';
import type { Resource } from '../plan';
import { isDangerous, verdictOf, type Words } from '../verdict';
import { noConfigFacts, noFacts, plan, resource } from './plans';

const stays = resource('service', 'db', 'same');

function said(words: Words): string {
  return words.map((part) => (typeof part === 'string' ? part : `<${part.foreign}>`)).join('');
}

function judge(
  resources: readonly Resource[],
  { facts = {}, config = {} }: { facts?: Partial<Facts>; config?: Partial<ConfigFacts> } = {},
) {
  const verdict = verdictOf(
    plan([...resources, stays]),
    { ...noFacts, ...facts },
    { ...noConfigFacts, ...config },
  );
  return {
    title: verdict.title,
    dangerous: isDangerous(verdict),
    findings: verdict.findings.map(
      ({ severity, consequence, cause }) => `${severity}: ${said(consequence)} [${said(cause)}]`,
    ),
  };
}

const image = {
  changes: [{ path: 'taskSpec.containerSpec.image', before: 'a', after: 'b' }],
};

describe('a verdict', () => {
  it('of nothing is nothing', () =>
    assert.deepEqual(judge([]), { title: 'nothing changes', dangerous: false, findings: [] }));

  it('of a new backend and frontend: they roll', () =>
    assert.deepEqual(
      judge(
        [
          resource('service', 'backend', 'update', image),
          resource('service', 'frontend', 'update', image),
          resource('release record', 'release', 'replace'),
        ],
        { facts: { filesOf: { backend: 3, frontend: 1 } } },
      ),
      {
        title: '2 services roll, nothing is lost',
        dangerous: false,
        findings: [
          'note: The backend rolls: each new task is healthy before an old one stops; nobody notices. [image: 3 files of app/<backend> are others]',
          'note: The frontend rolls: each new task is healthy before an old one stops; nobody notices. [image: 1 file of app/<frontend> is another]',
        ],
      },
    ));

  it('of a backend that is sent to another database: what was there is not', () => {
    const path = 'taskSpec.containerSpec.env.DATABASE_HOST';
    const { title, dangerous, findings } = judge([
      resource('service', 'backend', 'update', {
        changes: [{ path, before: 'pg1.example.com', after: 'pg2.example.com' }],
      }),
    ]);
    assert.equal(title, 'the application goes on with another database');
    assert.ok(dangerous);
    assert.match(
      findings[0] ?? '',
      /^lost: The backend leaves the database that it has for another one \(<pg1\.example\.com>, <pg2\.example\.com>\)/,
    );
  });

  it('of the database volume being replaced: data is lost', () =>
    assert.deepEqual(
      judge([
        resource('volume', 'db-data', 'replace', {
          changes: [{ path: 'driver', before: 'local', after: 'nfs' }],
          causes: ['driver'],
        }),
      ]),
      {
        title: 'the database volume would be replaced',
        dangerous: true,
        findings: ['lost: All data in volume <db-data> is lost. [<driver>: <local> → <nfs>]'],
      },
    ));

  it('of an upgrade of the database as it is written down: which volume, and who may move it', () => {
    const config = (before: string, after: string) => ({
      changes: [
        { key: 'databaseVolume', after: 'data-18' },
        { key: 'images', before: `{"postgres":"${before}"}`, after: `{"postgres":"${after}"}` },
      ],
    });
    const moved = resource('service', 'db', 'update', {
      changes: [{ path: 'taskSpec.containerSpec.mounts./d.source', before: 'a', after: 'b' }],
    });
    const judged = judge([moved], { config: config('postgres:17-alpine', 'postgres:18-alpine') });
    assert.equal(judged.dangerous, true);
    assert.deepEqual(
      judged.findings.map((text) => text.replace(/ \[.*/, '')),
      [
        'down: The database stops, and goes on with what is in volume <b>; the data in <a> stays there. `npm run upgrade` fills the one from the other, and does this by itself; any other plan that does it is refused.',
        'down: Data of PostgreSQL 17 has to be moved to 18: a plan is refused until `npm run upgrade` has done it, with the maintenance page shown meanwhile. The way back stays.',
        'note: Which volume the database runs on: as `npm run upgrade` writes it down. A plan that would take a running database to another one is refused.',
      ],
    );
  });

  it('of an older PostgreSQL, and of another official one: the plan is refused', () => {
    const older = judge([], {
      config: { changes: [{ key: 'images', after: '{"postgres":"registry:5000/postgres:16.9"}' }] },
    });
    assert.match(
      older.findings[0] ?? '',
      /^down: PostgreSQL 16 can't read data of PostgreSQL 17: a plan is refused/,
    );
    const official = (after: string) =>
      judge([], {
        facts: { baseImages: [{ key: 'postgres', before: 'postgres:17-alpine', after }] },
      });
    assert.equal(official('postgres:18-alpine').title, 'the database goes to PostgreSQL 18');
    assert.match(official('postgres:17.9-alpine').findings[0] ?? '', /^note: What is built on it/);
  });

  it('of a renamed volume: data is left behind, and the plan is refused where it is protected', () => {
    const renamed = (isProtected: boolean) =>
      judge([
        resource('volume', 'db-data', 'delete', { isKept: true, isProtected }),
        resource('volume', 'db-files', 'create'),
        resource('service', 'db', 'update', {
          changes: [{ path: 'taskSpec.containerSpec.mounts./d.source', before: 'a', after: 'b' }],
        }),
      ]);
    assert.deepEqual(renamed(true), {
      title: 'the database volume would be left behind',
      dangerous: true,
      findings: [
        'lost: The data stays on the server in volume <db-data>, but nothing uses it any more; <db-files> takes its place, and is empty. Pulumi refuses this plan, and does nothing of it, as long as the volume is protected. [the program no longer has it]',
        'down: The database stops, and goes on with what is in volume <b>; the data in <a> stays there. `npm run upgrade` fills the one from the other, and does this by itself; any other plan that does it is refused. [<mounts./d.source>: <a> → <b>]',
      ],
    });
    assert.ok(!renamed(false).findings[0]?.includes('refuses'));
  });

  it('of containers made again: seconds without service, each by name', () => {
    const { title, findings } = judge(
      ['db', 'backend', 'frontend'].map((name) =>
        resource('container', name, 'replace', {
          causes: ['envs'],
          changes: [{ path: 'envs.LOG_LEVEL', before: 'info', after: 'debug' }],
        }),
      ),
    );
    assert.equal(title, 'the database, the backend and the frontend are interrupted');
    assert.equal(
      findings[1],
      'down: The backend is stopped and made again, for some seconds: nobody can log in or save meanwhile. [<envs.LOG_LEVEL>: <info> → <debug>]',
    );
  });

  it('of another number of replicas: nobody notices', () =>
    assert.deepEqual(
      judge([
        resource('service', 'backend', 'update', {
          changes: [{ path: 'mode.replicated.replicas', before: '2', after: '3' }],
        }),
      ]),
      {
        title: '1 service is set otherwise, nothing is lost',
        dangerous: false,
        findings: [
          'note: The backend is set otherwise without a restart; nobody notices. [<replicas>: <2> → <3>]',
        ],
      },
    ));

  it('of the edge, and of the backup service', () => {
    const one = (name: string) =>
      judge([resource('service', name, 'update', { changes: [{ path: 'taskSpec.x' }] })]);
    assert.equal(one('edge').title, 'the edge is away for some seconds');
    assert.equal(one('edge').dangerous, true);
    assert.equal(one('backup').title, '1 service rolls, nothing is lost');
    assert.equal(one('backup').dangerous, false);
  });

  it('of a network that goes', () =>
    assert.deepEqual(judge([resource('network', 'database-network', 'delete')]).findings, [
      'down: Whatever is in network <database-network> is cut off from it, and is made again: some seconds without service. [the program no longer has it]',
    ]));

  it('of a stack that is not there yet', () => {
    const verdict = verdictOf(
      plan([resource('service', 'db', 'create'), resource('volume', 'db-data', 'create')]),
      noFacts,
      noConfigFacts,
    );
    assert.equal(verdict.title, 'a new stack of 2 resources');
  });

  for (const [before, after, finding] of [
    ['1', '2', 'Sessions and tokens of generation 1 stay valid; nobody has to log in again.'],
    [
      '2',
      '3',
      'Sessions and tokens of generation 1 and older end; those of generation 2 stay valid.',
    ],
    [
      '2',
      '4',
      'Generations 2 to 4 have none in common that is still verified: everybody is logged out.',
    ],
    ['3', '2', 'Whoever logged in since generation 3 began is logged out.'],
  ] as const)
    it(`of secrets that go from generation ${before} to ${after}`, () =>
      assert.deepEqual(
        judge([], { config: { changes: [{ key: 'secretsGeneration', before, after }] } }).findings,
        [`people: ${finding} [<secretsGeneration>: <${before}> → <${after}>]`],
      ));

  it('of another port, engine and server', () =>
    assert.deepEqual(
      judge([], {
        config: {
          changes: [
            { key: 'port', before: '80', after: '81' },
            { key: 'docker:host', before: 'ssh://a', after: 'ssh://b' },
          ],
        },
      }),
      {
        title: 'another port is open, and 1 more of the kind',
        dangerous: true,
        findings: [
          'down: The application answers on port <81>, and no longer on <80>; a firewall or bookmark may know the old one. [<port>: <80> → <81>]',
          'down: Everything is looked for, and made, on another server; what runs on the one of before is left alone there, with its data. [<docker:host>: <ssh://a> → <ssh://b>]',
        ],
      },
    ));

  it('of a new admin password', () => {
    const { title, findings } = judge(
      [
        resource('secret', 'admin-password-hash', 'replace', {
          changes: [{ path: 'data' }],
          causes: ['data'],
        }),
      ],
      { config: { secrets: ['adminPassword'] } },
    );
    assert.equal(title, 'the admin logs in anew, nothing is lost');
    assert.deepEqual(findings, [
      'people: The admin logs in with the new password; the old one is refused. [<data>]',
      'note: The secret <adminPassword> changes, or is encrypted anew; its value is not shown, nor known here. [<adminPassword>]',
    ]);
  });

  it('of a waived guardrail', () =>
    assert.deepEqual(
      judge([], {
        config: {
          waivers: [
            {
              rule: 'memory-limit',
              reason: '@all',
              until: '2026-12-31',
              isNew: true,
              isOver: false,
            },
          ],
        },
      }),
      {
        title: 'nothing changes on the server; a guardrail is waived',
        dangerous: false,
        findings: [
          'note: The guardrail memory-limit is newly waived until 2026-12-31: <@all> [waivers.memory-limit]',
        ],
      },
    ));

  it('of migrations, where a backend runs them', () => {
    const facts = {
      migrations: [
        { file: 'm/1.sql', loses: ['table x goes, with all its rows'], locks: [], unclear: [] },
        {
          file: 'm/2.sql',
          loses: [],
          locks: ['writes to x wait while its index is built'],
          unclear: [],
        },
        { file: 'm/3.sql', loses: [], locks: [], unclear: [] },
      ],
    };
    assert.deepEqual(judge([], { facts }).findings, []);
    assert.deepEqual(judge([resource('service', 'backend', 'update', image)], { facts }), {
      title: 'a migration removes data',
      dangerous: true,
      findings: [
        'lost: A new migration removes data: <table x goes, with all its rows>. [<m/1.sql>]',
        'people: A new migration runs before the new backend answers: <writes to x wait while its index is built>. [<m/2.sql>]',
        'note: The backend rolls: each new task is healthy before an old one stops; nobody notices. [image]',
        'note: A new migration runs before the new backend answers; as far as its text tells, nobody waits for it. [<m/1.sql>]',
        'note: A new migration runs before the new backend answers; as far as its text tells, nobody waits for it. [<m/3.sql>]',
      ],
    });
  });
});
