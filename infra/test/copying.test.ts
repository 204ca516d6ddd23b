import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import {
  type CopyingKey,
  copyingKeys,
  isSentOut,
  oneServerNotice,
  parseCopying,
  parseTarget,
  targetEnvironment,
  targetFiles,
  targetText,
} from '../copying';

type Values = Partial<Record<CopyingKey, string>>;

function parse(values: Values, orchestrator: 'swarm' | 'container' = 'swarm', secret = true) {
  const problems: string[] = [];
  const copying = parseCopying(values, {
    stack: 'prod',
    orchestrator,
    isSecret: () => secret,
    problem: (text) => problems.push(text),
  });
  return { copying, problems };
}

const backupKey = 'an example of a key that is long enough';
const s3 = {
  backupTarget: 's3:https://s3.example.org/bucket/hours',
  backupKey,
  backupAccessKey: 'AKIAEXAMPLE',
  backupSecretKey: 'example/of+a/secret',
};
const target =
  'mend it with: pulumi config set --stack prod backupTarget s3:https://s3.example.org/bucket/hours, ' +
  'or remove it with: pulumi config rm --stack prod backupTarget';
const hostKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam';
/** One of OpenSSH's, and of no worth. */
const sshKey = (cipher: string) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(`openssh-key-v1\0\0\0\0\x04${cipher}\0\0\0\x04${cipher}\0\0\0\0`).toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
const sftp = {
  backupTarget: 'sftp://hours@store.example.org:2222/srv/copies/hours/',
  backupKey,
  backupSshKey: sshKey('none'),
  backupHostKey: `store.example.org ${hostKey}\n# a comment\n`,
};

describe('a copy off the server', () => {
  it('is none by itself, and that is said', () => {
    assert.deepEqual(parse({}), { copying: undefined, problems: [] });
    assert.equal(isSentOut(undefined), false);
    assert.equal(
      oneServerNotice(undefined, 'prod'),
      'Backups are on this server alone, and die with it. Have a copy elsewhere, at most a minute behind: ' +
        'pulumi config set --stack prod backupTarget s3:https://s3.example.org/bucket/hours (docs/backups.md)',
    );
  });

  it('goes to an S3 server', () => {
    const { copying, problems } = parse({ ...s3, backupTarget: `${s3.backupTarget}/\n` });
    assert.deepEqual(problems, []);
    assert.ok(copying && isSentOut(copying));
    assert.deepEqual(targetEnvironment(copying.target), { TARGET: s3.backupTarget });
    assert.deepEqual(targetFiles(copying), {
      backup_key: backupKey,
      backup_access_key: 'AKIAEXAMPLE',
      backup_secret_key: 'example/of+a/secret',
    });
    assert.equal(targetText(copying.target), s3.backupTarget);
    assert.equal(oneServerNotice(copying, 'prod'), undefined);
  });

  it('goes to an SFTP server that is known by its key', () => {
    const { copying, problems } = parse(sftp);
    assert.deepEqual(problems, []);
    assert.ok(copying && isSentOut(copying));
    const { TARGET, SSH } = targetEnvironment(copying.target);
    assert.equal(TARGET, 'sftp://hours@store.example.org:2222//srv/copies/hours');
    assert.equal(
      SSH,
      'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes ' +
        '-o UserKnownHostsFile=/tmp/keys/known_hosts -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=15 ' +
        '-o ServerAliveInterval=15 -o ServerAliveCountMax=3 -i /tmp/keys/key -p 2222 -l hours store.example.org -s sftp',
    );
    assert.deepEqual(targetFiles(copying), {
      backup_key: backupKey,
      backup_ssh_key: sshKey('none'),
      backup_host_key: hostKey,
    });
  });

  it('goes to a folder of another disk', () => {
    const { copying, problems } = parse({ backupTarget: '/mnt/other/hours/', backupKey });
    assert.deepEqual(problems, []);
    assert.ok(copying && !isSentOut(copying));
    assert.deepEqual(copying.target, { kind: 'path', path: '/mnt/other/hours' });
    assert.deepEqual(targetEnvironment(copying.target), { TARGET: '/target' });
  });

  it('takes a key as ssh-keygen makes it', () => {
    const made = execFileSync(
      'sh',
      ['-c', 'd=$(mktemp -d); ssh-keygen -q -t ed25519 -N "" -f $d/key; cat $d/key; rm -r $d'],
      { encoding: 'utf8' },
    );
    assert.deepEqual(parse({ ...sftp, backupSshKey: made }).problems, []);
  });

  for (const [text, rule] of [
    ['', 'is empty'],
    [
      'true',
      'is "true", but must be s3:https://host/bucket/path, sftp://user@host/path, or an absolute path',
    ],
    [
      '["/a"]',
      'is "["/a"]", but must be s3:https://host/bucket/path, sftp://user@host/path, or an absolute path',
    ],
    [
      'relative/path',
      'is "relative/path", but must be s3:https://host/bucket/path, sftp://user@host/path, or an absolute path',
    ],
    [
      's3:http://s3.example.org/b',
      'is "s3:http://s3.example.org/b", but must begin with s3:https: credentials cross the network',
    ],
    ['s3:https://s3.example.org', 'is "s3:https://s3.example.org", but must name a bucket'],
    [
      's3:https://key:word@s3.example.org/b',
      'is "s3:https://…@s3.example.org/b", but must hold no credentials: backupAccessKey and backupSecretKey do',
    ],
    [
      's3:https://s3.example.org/b?x=1',
      'is "s3:https://s3.example.org/b?x=1", but may have only letters, digits and ._- in its path',
    ],
    [
      's3:https://localhost:9000/b',
      'is "s3:https://localhost:9000/b", which leads to the tier\'s own container: it must be an address that the server reaches',
    ],
    ['sftp://store/path', 'is "sftp://store/path", but must name a user: sftp://user@host/path'],
    [
      'sftp://u:word@store/path',
      'is "sftp://…@store/path", but must hold no password: backupSshKey lets in',
    ],
    [
      'sftp://u@store:99999/path',
      'is "sftp://…@store:99999/path", but its port must be from 1 to 65535',
    ],
    [
      'sftp://u@store',
      'is "sftp://…@store", but must end in an absolute path: sftp://user@host/path',
    ],
    [
      'sftp://u@-oProxyCommand=x/p',
      'is "sftp://…@-oProxyCommand=x/p", which has no name of a host',
    ],
    ['/', 'is the root of the server, but must be a folder'],
    [
      '/mnt/../etc',
      'is "/mnt/../etc", but may have only letters, digits and ._-@+ between its slashes',
    ],
    [
      '/mnt/a,readonly',
      'is "/mnt/a,readonly", but may have only letters, digits and ._-@+ between its slashes',
    ],
    ['/proc/1', 'is "/proc/1", where no file stays'],
  ] as const)
    it(`refuses the target "${text}"`, () => {
      assert.deepEqual(parseTarget(text), { broken: rule });
      const { copying, problems } = parse({ ...s3, backupTarget: text });
      assert.equal(copying, undefined);
      assert.deepEqual(problems, [`backupTarget ${rule}; ${target}`]);
    });

  const setKey =
    'set it with: openssl rand -base64 32 | pulumi config set --stack prod --secret backupKey, and keep it: npm run keys';
  const setSecret = (key: string) =>
    `set it, without showing it, with: pulumi config set --stack prod --secret ${key}`;
  const setSsh = 'set it with: pulumi config set --stack prod --secret backupSshKey < id_ed25519';
  for (const [what, values, problem] of [
    [
      'no key',
      { backupTarget: '/mnt/other' },
      `backupTarget is a path, but backupKey is missing; ${setKey}`,
    ],
    [
      'an empty key',
      { backupTarget: '/mnt/other', backupKey: ' ' },
      `backupKey is empty; ${setKey}`,
    ],
    [
      'a short key',
      { backupTarget: '/mnt/other', backupKey: 'short' },
      `backupKey is too short: at least 20 characters; ${setKey}`,
    ],
    [
      'a key of two lines',
      { backupTarget: '/mnt/other', backupKey: `${backupKey}\n${backupKey}` },
      `backupKey has a line break in it; ${setKey}`,
    ],
    [
      'S3 without a secret key',
      { ...s3, backupSecretKey: undefined },
      `backupTarget is an S3 server, but backupSecretKey is missing; ${setSecret('backupSecretKey')}`,
    ],
    [
      'S3 with an access key of two words',
      { ...s3, backupAccessKey: 'a b' },
      `backupAccessKey has a space or a line break in it; ${setSecret('backupAccessKey')}`,
    ],
    [
      'S3 with a root that is none',
      { ...s3, backupRootCertificate: 'root.pem' },
      'backupRootCertificate is no certificate in PEM; set it with: pulumi config set --stack prod backupRootCertificate < root.pem',
    ],
    [
      'SFTP without the key of the host',
      { ...sftp, backupHostKey: undefined },
      'backupTarget is an SFTP server, but backupHostKey is missing; set it with: ssh-keyscan -t ed25519 <host> | ' +
        "pulumi config set --stack prod backupHostKey, and compare it with the host's own",
    ],
    [
      'SFTP with a host key that is none',
      { ...sftp, backupHostKey: 'SHA256:abc' },
      "backupHostKey is no host's key: it must be as ssh-keyscan prints it, such as ssh-ed25519 AAAA…; " +
        'set it with: ssh-keyscan -t ed25519 <host> | pulumi config set --stack prod backupHostKey, and compare it ' +
        "with the host's own",
    ],
    [
      'SFTP with a public key',
      { ...sftp, backupSshKey: hostKey },
      `backupSshKey is no private key; ${setSsh}`,
    ],
    [
      'SFTP with an encrypted key',
      { ...sftp, backupSshKey: sshKey('aes256-ctr') },
      'backupSshKey is encrypted, and nobody can type its passphrase on a server: make one for this alone with ' +
        `ssh-keygen -t ed25519 -N ''; ${setSsh}`,
    ],
    [
      'a path with keys of S3',
      { backupTarget: '/mnt/other', backupKey, backupAccessKey: 'a' },
      'backupAccessKey does nothing beside a backupTarget that is a path; remove it with: ' +
        'pulumi config rm --stack prod backupAccessKey',
    ],
    [
      'no target',
      { backupKey },
      'backupKey does nothing without backupTarget; mend it with: pulumi config set --stack prod backupTarget ' +
        's3:https://s3.example.org/bucket/hours, or remove it with: pulumi config rm --stack prod backupKey',
    ],
  ] as const satisfies readonly (readonly [string, Values | object, string])[])
    it(`refuses ${what}`, () => {
      const given = Object.fromEntries(
        Object.entries(values).filter(([, value]) => value !== undefined),
      );
      assert.deepEqual(parse(given).problems, [problem]);
    });

  it('has no secret in clear text', () => {
    const { problems } = parse({ backupTarget: '/mnt/other', backupKey }, 'swarm', false);
    assert.deepEqual(problems, [
      `backupKey stands in the config in clear text, but must be a secret: it is known now, so make another, and ${setKey}`,
    ]);
    const all = parse({ ...s3, ...sftp }, 'swarm', false).problems.join('\n');
    assert.deepEqual(
      copyingKeys.filter((key) => all.includes(`${key} stands in the config in clear text`)),
      ['backupKey', 'backupAccessKey', 'backupSecretKey', 'backupSshKey'],
    );
    assert.ok(!all.includes(backupKey) && !all.includes(s3.backupSecretKey));
  });

  it('is not for dev', () =>
    assert.deepEqual(parse({ backupTarget: '/mnt/other', backupKey }, 'container').problems, [
      "backupTarget is only for swarm stacks: dev's data is of no worth; remove it with: pulumi config rm --stack prod backupTarget",
      "backupKey is only for swarm stacks: dev's data is of no worth; remove it with: pulumi config rm --stack prod backupKey",
    ]));
});
