// Which hosts set-up takes, and what it says about those it can't mend.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostFacts, hostProblems } from '../preflight.mjs';
import { decideWorld } from '../world.mjs';

const fresh: HostFacts = {
  platform: 'linux/x64',
  node: '20.20.2',
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
    ['another machine', { platform: 'darwin/arm64' }, /^Linux on x86_64 is needed; this is darwin/],
    ['an old Node', { node: '18.19.0' }, /^Node 20 or newer is needed; this is 18\.19\.0\.$/],
    ['an old engine', { engineVersion: '20.10.24' }, /^Docker Engine 25 or newer .* 20\.10\.24/],
    ['an engine that refuses', { engine: 'refuses' }, /refuses this user: run `sudo usermod -aG/],
    [
      'an engine elsewhere',
      { engine: 'remote', engineWhy: 'ssh://server: no route to host' },
      /docker:host.* does not answer \(ssh:\/\/server: no route to host\)/,
    ],
    ['a stopped engine, no root', { engine: 'stopped' }, /not running: run `sudo systemctl start/],
    [
      'no engine, no root',
      { engine: 'missing', debian: '12' },
      /^There is no Docker engine, .*root/,
    ],
    ['no engine, no Debian', { engine: 'missing', root: true }, /only as root on Debian 12 or 13/],
    ['no official CLI', { cli: undefined }, /^There is no Pulumi CLI: run `curl -fsSL .*`/],
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
    const problems = hostProblems({ ...usual, node: '18.0.0', engine: 'refuses', cli: undefined });
    assert.equal(problems.length, 3);
  });
});

describe('the world', () => {
  const nothing = { images: false, downloads: false, officialCli: false };
  it('is offline without an image registry, whatever else there is', () => {
    assert.equal(decideWorld(nothing).world, 'offline');
    assert.equal(
      decideWorld({ images: false, downloads: true, officialCli: true }).world,
      'offline',
    );
  });
  it('is official with a registry and Pulumi, fetched or there', () => {
    assert.equal(decideWorld({ ...nothing, images: true, downloads: true }).world, 'official');
    assert.equal(decideWorld({ ...nothing, images: true, officialCli: true }).world, 'official');
  });
  it('is offline with a registry alone', () => {
    assert.equal(decideWorld({ ...nothing, images: true }).world, 'offline');
  });
});
