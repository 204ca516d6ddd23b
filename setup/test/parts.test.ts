// The small decisions of set-up, as plain data and on real files.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { keyOf } from '../cache.mjs';
import { debian13 } from '../debian';
import { modulesInstalled } from '../modules.mjs';
import { run, tryRun } from '../run.mjs';
import { removeDeadLocks } from '../stack';
import { greeting } from '../start';
import { outcomeOf, type Suite, summary } from '../suites';

/** Above the highest process id there is. */
const gone = 4_194_305;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timetracker-parts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key of what is built', () => {
  it('changes with contents, names, execute bits and the text; not with modules or output', async () => {
    await writeFile(join(folder, 'a'), '1');
    const key = await keyOf([folder]);
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules', 'x'), 'x');
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist', 'x'), 'x');
    assert.equal(await keyOf([folder]), key);
    assert.notEqual(await keyOf([folder], 'v2'), key);

    const seen = new Set([key]);
    for (const change of [
      () => writeFile(join(folder, 'a'), '2'),
      () => writeFile(join(folder, 'b'), ''),
      () => chmod(join(folder, 'a'), 0o755),
    ]) {
      await change();
      const next = await keyOf([folder]);
      assert.ok(!seen.has(next));
      seen.add(next);
    }
  });
});

describe('node modules', () => {
  const write = (name: string, packages: object) =>
    writeFile(join(folder, name), JSON.stringify({ packages }));
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  };

  it('are there when npm has written what the lock file says', async () => {
    await write('package-lock.json', locked);
    await mkdir(join(folder, 'node_modules'));
    await write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    assert.equal(await modulesInstalled(folder), true);
  });

  it('are not when an install was interrupted, or the lock file has changed', async () => {
    await write('package-lock.json', locked);
    assert.equal(await modulesInstalled(folder), false);
    await mkdir(join(folder, 'node_modules'));
    assert.equal(await modulesInstalled(folder), false);
    await write('node_modules/.package-lock.json', { 'node_modules/a': { version: '0.9.0' } });
    assert.equal(await modulesInstalled(folder), false);
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), '{ "packages": {');
    assert.equal(await modulesInstalled(folder), false);
  });
});

describe("Debian 13's source", () => {
  it("is at this host's own mirrors", () => {
    const targets = [
      'bookworm main http://mirror.example/debian/',
      'bookworm contrib http://mirror.example/debian/',
      'bookworm-security main http://security.example/debian-security',
      'stable main https://elsewhere.example/tool',
    ].join('\n');
    assert.deepEqual(debian13(targets), {
      mirror: 'http://mirror.example/debian',
      suites: [
        { uri: 'http://mirror.example/debian', suite: 'trixie' },
        { uri: 'http://security.example/debian-security', suite: 'trixie-security' },
      ],
    });
  });

  it('is an error without a Debian of this host', () => {
    assert.throws(
      () => debian13('jammy main http://mirror.example/ubuntu\n'),
      /^Problem: apt has no/,
    );
  });
});

describe('running programs', () => {
  it('gives what they print, and their last lines when they fail', async () => {
    assert.equal(await run('sh', ['-c', 'cat; echo noise >&2'], { input: 'in' }), 'in');
    await assert.rejects(
      run('sh', ['-c', 'seq 30; echo the reason >&2; exit 3']),
      (error: Error) => {
        assert.equal(error.name, 'Problem');
        assert.match(error.message, /^sh -c seq 30; .* failed:\n( {2}.+\n){14} {2}the reason$/);
        return true;
      },
    );
  });

  it('says so when there is no such program', async () => {
    const result = await tryRun('no-such-program', []);
    assert.equal(result.ok, false);
    assert.match(result.output, /no-such-program: No such file/);
  });
});

describe("Pulumi's locks", () => {
  it('of a process that is gone are removed, others stay', async () => {
    const lock = (name: string, pid: number, host: string) =>
      writeFile(join(folder, `${name}.json`), JSON.stringify({ pid, hostname: host }));
    await lock('ours', process.pid, hostname());
    await lock('elsewhere', gone, 'another-host');
    assert.equal(await removeDeadLocks(folder), false);
    await lock('dead', gone, hostname());
    assert.equal(await removeDeadLocks(folder), true);
    assert.deepEqual((await readdir(folder)).sort(), ['elsewhere.json', 'ours.json']);
    assert.equal(await removeDeadLocks(join(folder, 'none')), false);
  });
});

describe('the end of npm start', () => {
  it('is the address and the login', () => {
    const login = { username: 'admin', password: 'p' };
    assert.equal(
      greeting({ url: 'http://127.0.0.1:8080', login }),
      'Time tracker: http://127.0.0.1:8080\nLog in as:    admin, password p',
    );
    assert.throws(() => greeting({}), /has no outputs url and login/);
  });
});

describe('the count of tests', () => {
  const tests: Suite = { name: 's', folder: '.', command: [], isCheck: false };
  const check: Suite = { ...tests, isCheck: true };

  it('adds up what node:test prints, in both of its forms', () => {
    const output = 'ℹ pass 3\nℹ fail 0\nℹ cancelled 0\n# pass 4\n# fail 1\n# cancelled 1\n';
    assert.deepEqual(outcomeOf(tests, 1, output, 2), {
      name: 's',
      passed: 7,
      failed: 2,
      reason: '',
      seconds: 2,
    });
  });

  it('fails a suite that ran no test, or ended badly without a failed one', () => {
    assert.equal(outcomeOf(tests, 0, '', 1).reason, 'ran no test');
    assert.equal(outcomeOf(tests, 0, 'ℹ pass 0\nℹ fail 0\n', 1).failed, 1);
    assert.equal(outcomeOf(tests, 7, 'ℹ pass 5\nℹ fail 0\n', 1).reason, 'exit code 7');
    assert.equal(outcomeOf(check, 1, '', 1).failed, 1);
    assert.equal(outcomeOf(check, 0, '', 1).failed, 0);
  });

  it('closes with the sums', () => {
    const { text, failed } = summary([
      outcomeOf(tests, 0, 'ℹ pass 3\n', 1),
      outcomeOf(check, 1, '', 1),
    ]);
    assert.equal(failed, 1);
    assert.equal(text.split('\n').at(-1), '3 passed, 1 failed');
  });
});
