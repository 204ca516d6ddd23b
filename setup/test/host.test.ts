// Which hosts set-up takes, and what it says about those it can't mend.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostFacts, hostNote, hostProblems } from '../preflight';
import { decideWorld } from '../world';

const fresh: HostFacts = {
  platform: 'linux/x64',
  root: true,
  debian: '12',
  engine: 'missing',
  engineVersion: '',
  engineWhy: '',
  world: 'offline',
  worldWhy: 'no image registry can be reached',
  cli: undefined,
  first: true,
  disks: [
    { path: '/var/lib/docker', free: 70 },
    { path: '/root/.cache/timetracker', free: 70 },
  ],
};

const usual: HostFacts = {
  ...fresh,
  root: false,
  debian: undefined,
  engine: 'running',
  engineVersion: '28.3.2',
  world: 'official',
  cli: '/usr/bin/pulumi',
};

describe('a host that fits', () => {
  it('is a fresh Debian 12 or 13 with root, where everything is built', () => {
    assert.deepEqual(hostProblems(fresh), []);
    assert.deepEqual(hostProblems({ ...fresh, debian: '13' }), []);
  });

  it('is a normal machine with Docker and the official CLI, without root', () => {
    assert.deepEqual(hostProblems(usual), []);
  });

  it('is a Mac or Linux on arm64 with Docker, which nobody has tried, and says so', () => {
    for (const platform of ['darwin/arm64', 'darwin/x64', 'linux/arm64']) {
      const host = { ...usual, platform, cli: undefined, first: true };
      assert.deepEqual(hostProblems(host), []);
      assert.equal(hostNote(host), `${platform}: should fit, but only Linux on x86_64 was tried`);
    }
    assert.equal(hostNote(usual), 'fits');
  });

  it('has Docker, and no Pulumi CLI: it is fetched', () =>
    assert.deepEqual(hostProblems({ ...usual, cli: undefined }), []));

  it('needs less room when the costly parts are built', () => {
    const disks = [{ path: '/', free: 2 }];
    assert.deepEqual(hostProblems({ ...fresh, first: false, disks }), []);
    assert.deepEqual(hostProblems({ ...fresh, disks }), [
      '6 GB of free disk are needed in /; there are 2.0.',
    ]);
  });
});

describe('a host that does not fit is told in one line each', () => {
  const cases: [string, Partial<HostFacts>, RegExp][] = [
    ['Windows', { platform: 'win32/x64' }, /^Windows itself .* WSL 2\.$/],
    [
      'package registries on another machine',
      { platform: 'linux/arm64', world: 'offline' },
      /can then be built only on Linux on x86_64; this is linux\/arm64\.$/,
    ],
    [
      'a Mac without an engine',
      { platform: 'darwin/arm64', engine: 'missing' },
      /^There is no Docker engine: start Docker Desktop, OrbStack or colima\.$/,
    ],
    ['an old engine', { engineVersion: '20.10.24' }, /^Docker Engine 25 or newer .* 20\.10\.24/],
    ['an engine that refuses', { engine: 'refuses' }, /refuses this user: run `sudo usermod -aG/],
    [
      'an engine elsewhere',
      { engine: 'elsewhere', engineWhy: 'ssh://server: no route to host' },
      /docker:host.* does not answer \(ssh:\/\/server: no route to host\)/,
    ],
    ['a stopped engine, no root', { engine: 'stopped' }, /not running: run `sudo systemctl start/],
    [
      'no engine, no root',
      { engine: 'missing', debian: '12' },
      /^There is no Docker engine, .*root/,
    ],
    ['no engine, no Debian', { engine: 'missing', root: true }, /only as root on Debian 12 or 13/],
    ['package registries, no root', { world: 'offline' }, /^Only package registries are in reach/],
    ['a world that is not one', { world: undefined, worldWhy: 'W is "x".' }, /^W is "x"\.$/],
  ];
  for (const [name, change, message] of cases) {
    it(name, () => {
      const problems = hostProblems({ ...usual, ...change });
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', message);
      assert.doesNotMatch(problems[0] ?? '', /\n/);
    });
  }

  it('all of them at once', () => {
    const problems = hostProblems({
      ...usual,
      platform: 'win32/x64',
      engine: 'refuses',
      disks: [{ path: '/', free: 0.5 }],
    });
    assert.equal(problems.length, 3);
  });
});

describe('the world', () => {
  const nothing = { images: false, downloads: false, hasCli: false };
  it('is offline without an image registry, whatever else there is', () => {
    assert.equal(decideWorld(nothing).world, 'offline');
    assert.equal(decideWorld({ images: false, downloads: true, hasCli: true }).world, 'offline');
  });
  it('is official with a registry and Pulumi, fetched or there', () => {
    assert.equal(decideWorld({ ...nothing, images: true, downloads: true }).world, 'official');
    assert.equal(decideWorld({ ...nothing, images: true, hasCli: true }).world, 'official');
  });
  it('is offline with a registry alone', () => {
    assert.equal(decideWorld({ ...nothing, images: true }).world, 'offline');
  });
});
