import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certify } from '../../infra/certificate';
import { parseConfig } from '../../infra/config';
import { madeUp, onPaper, PaperSecrets, secretsIn } from '../config';

const file = `config:
  docker:host:
    secure: v1:AAAA:host
  timetracker:adminPassword:
    secure: v1:AAAA:password
  timetracker:orchestrator: swarm
  timetracker:other: {secure: "v1:AAAA:flow"}
encryptionsalt: v1:salt=:v1:x:y
secretsprovider: awskms://alias
`;

describe('a made-up secret', () => {
  const { certificate } = certify(new Uint8Array(32).fill(1), 'hours.example.org');
  for (const [what, secret, plain] of [
    ['who is told', ['alertUrl', 'heartbeatUrl'], {}],
    [
      'a copy by S3',
      ['backupKey', 'backupAccessKey', 'backupSecretKey'],
      { backupTarget: 's3:https://s3.example.org/bucket/hours' },
    ],
    [
      'a copy by SFTP',
      ['backupKey', 'backupSshKey'],
      { backupTarget: 'sftp://copy@store.example.org/copy', backupHostKey: 'ssh-ed25519 AAAAC3Nz' },
    ],
    ['a certificate', ['tlsKey'], { domain: 'hours.example.org', tlsCertificate: certificate }],
    ['an external database', ['databaseUrl'], { database: 'external' }],
  ] as const)
    it(`is one that the config takes, and another each time: ${what}`, () => {
      const values: Record<string, string> = {};
      for (const [key, value] of Object.entries({ orchestrator: 'swarm', port: '80', ...plain }))
        values[`timetracker:${key}`] = value;
      for (const key of ['adminPassword', ...secret].map((key) => `timetracker:${key}`)) {
        values[key] = madeUp(key);
        assert.notEqual(values[key], madeUp(key));
      }
      parseConfig({
        ...{ project: 'timetracker', stack: 'prod', values, hostImages: {}, isOnPaper: true },
        isSecret: (key) => /adminPassword/.test(key) || secret.some((one) => key.endsWith(one)),
      });
    });
});

describe('a config on paper', () => {
  const secrets = new PaperSecrets();
  const paper = onPaper(file, secrets, 'timetracker');

  it('has none of the secrets of the commit, nor how they are encrypted', () => {
    for (const secret of ['host\n', 'v1:AAAA', 'password\n', 'flow', 'salt=', 'awskms'])
      assert.ok(!paper.text.includes(secret), secret);
    assert.match(paper.text, /^encryptionsalt: v1:[\w+/=]+:v1:[\w+/=]+:[\w+/=]+$/m);
  });

  it('keeps what is no secret', () =>
    assert.match(paper.text, /^ {2}timetracker:orchestrator: swarm$/m));

  it('knows the secrets by key', () =>
    assert.deepEqual(
      [...secretsIn(file)],
      [
        ['docker:host', 'v1:AAAA:host'],
        ['timetracker:adminPassword', 'v1:AAAA:password'],
        ['timetracker:other', 'v1:AAAA:flow'],
      ],
    ));

  it('has the same in place of the same, and another in place of another', () => {
    assert.equal(
      onPaper(file, secrets, 'timetracker').text.split('\n')[2],
      paper.text.split('\n')[2],
    );
    const other = onPaper(file.replace(':host\n', ':else\n'), secrets, 'timetracker');
    assert.notEqual(other.text.split('\n')[2], paper.text.split('\n')[2]);
  });

  it('gets an admin password on Swarm, where the commit has none', () => {
    const swarm = 'config:\n  timetracker:orchestrator: swarm\n';
    const made = onPaper(swarm, secrets, 'timetracker');
    assert.ok(made.lacksAdminPassword);
    assert.match(made.text, /^config:\n {2}timetracker:adminPassword:\n {4}secure: v1:/);
    assert.ok(
      !onPaper('config:\n  timetracker:orchestrator: container\n', secrets, 'timetracker')
        .lacksAdminPassword,
    );
  });
});
