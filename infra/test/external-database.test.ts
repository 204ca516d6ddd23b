import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../config';
import { parseDatabaseUrl, parseExternalDatabase } from '../external-database';

const url = 'postgres://owner:p%40ss%2Fword@db.example.com:6432/hours?sslmode=require';
type Values = Parameters<typeof parseExternalDatabase>[0];

function read(values: Values, { isSecret = true, onContainers = false } = {}) {
  const problems: string[] = [];
  const database = parseExternalDatabase(values, {
    ...{ stack: 'prod', orchestrator: onContainers ? 'container' : 'swarm' },
    isSecret: () => isSecret,
    problem: (text) => problems.push(text),
  });
  return { database, problems };
}
const external = { database: 'external', databaseUrl: url };

describe('a database that somebody else runs', () => {
  it('is none, if nothing is said', () =>
    assert.deepEqual(read({}), { database: undefined, problems: [] }));

  it('is what its address says', () =>
    assert.deepEqual(read(external), {
      database: {
        ...{ host: 'db.example.com', port: 6432, name: 'hours' },
        ...{ owner: 'owner', password: 'p@ss/word', rootCertificate: undefined },
      },
      problems: [],
    }));

  it('has the usual port, and an address in place of a name', () => {
    const parsed = parseDatabaseUrl('postgresql://o:p@[2001:db8::7]/hours?channel_binding=require');
    assert.deepEqual(parsed, {
      ...{ host: '2001:db8::7', port: 5432, name: 'hours', owner: 'o', password: 'p' },
    });
  });

  const set = 'pulumi config set --stack prod';
  const setUrl = `set it, without showing it, with: ${set} --secret databaseUrl`;
  const example = 'such as postgres://owner:password@db.example.com:5432/timetracker';
  for (const [what, values, problem, how] of [
    [
      'another word',
      { database: 'managed' },
      `database is "managed", but must be own or external; mend it with: ${set} database own`,
    ],
    [
      'an address beside an own one',
      { databaseUrl: url },
      `databaseUrl does nothing without database external; mend it with: ${set} database external, or remove it with: ` +
        'pulumi config rm --stack prod databaseUrl',
    ],
    [
      'no address',
      { database: 'external' },
      `database is external, but databaseUrl is missing; ${setUrl}`,
    ],
    [
      'an address in clear text',
      external,
      `databaseUrl stands in the config in clear text, but has a password: it is known now, so give the owner another, and ${setUrl}`,
      { isSecret: false },
    ],
    [
      'containers',
      external,
      'database is external, but containers have their own: its fixed credentials are known to everybody; remove it with: ' +
        'pulumi config rm --stack prod database',
      { onContainers: true },
    ],
    [
      'a copy of the log',
      { ...external, backupTarget: '/mnt' },
      'backupTarget copies the log of the own database: an external one is copied by who runs it, and database is external; ' +
        'remove it with: pulumi config rm --stack prod backupTarget',
    ],
    [
      'a volume',
      { ...external, databaseVolume: 'data-18' },
      'databaseVolume is of the own database, and database is external; remove it with: pulumi config rm --stack prod databaseVolume',
    ],
    [
      'a root that is none',
      { ...external, databaseRootCertificate: 'root.pem' },
      `databaseRootCertificate is no certificate in PEM; set it with: ${set} databaseRootCertificate < root.pem`,
    ],
  ] as const)
    it(`is refused with ${what}`, () => assert.deepEqual(read(values, how).problems, [problem]));

  for (const [broken, address] of [
    ['must be an address of PostgreSQL, of one host', 'not an address'],
    ['must be an address of PostgreSQL, of one host', 'mysql://o:p@h/d'],
    ['must be an address of PostgreSQL, of one host', 'postgres://o:p@one:1,two:2/d'],
    ['must say owner, password, host and database', 'postgres://o@h/d'],
    ['must say owner, password, host and database', 'postgres://o:p@h/'],
    [
      'names an owner by which the backend calls its own roles: app, app_g1, …',
      'postgres://app_g1:p@h/d',
    ],
    [
      'would let the connection go without TLS: leave sslmode out',
      'postgres://o:p@h/d?sslmode=prefer',
    ],
    [
      'has a setting that has no effect here: leave out what follows the question mark',
      'postgres://o:p@h/d?a=b',
    ],
    ['has a % that is not followed by two digits: write it as %25', 'postgres://o:100%@h/d'],
  ] as const)
    it(`is not told of ${address}, and nothing of it is shown`, () => {
      const { database, problems } = read({ database: 'external', databaseUrl: address });
      assert.equal(database, undefined);
      assert.deepEqual(problems, [`databaseUrl ${broken}, ${example}; ${setUrl}`]);
    });

  it('may have its backups made there', () => {
    const config = (values: object) => {
      const all = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
      return parseConfig({
        ...{ project: 'tt', stack: 'prod', hostImages: {}, isSecret: () => true },
        values: Object.fromEntries(
          Object.entries({ ...all, backupsKept: '0', ...values }).map(([key, value]) => [
            `tt:${key}`,
            String(value),
          ]),
        ),
      });
    };
    assert.equal(config(external).backupsKept, 0);
    assert.throws(
      () => config({}),
      /backupsKept is "0", but must be a whole number from 1 to 1000/,
    );
  });
});
