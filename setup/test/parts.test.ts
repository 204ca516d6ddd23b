// The small decisions of set-up, on real files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { modulesInstalled } from '../modules.mjs';
import { removeDeadLocks } from '../stack';

/** Above the highest process id there is. */
const gone = 4_194_305;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timetracker-parts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('node modules', () => {
  const write = (name: string, packages: object) =>
    writeFile(join(folder, name), JSON.stringify({ packages }));
  const built = { version: '1.0.0', optional: true, cpu: [process.arch] };
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-platform': { ...built, os: ['plan9'] },
    'node_modules/other-library': { ...built, os: [process.platform], libc: ['other'] },
  };

  it('are there when npm has written what the lock file says', async () => {
    await write('package-lock.json', locked);
    await mkdir(join(folder, 'node_modules'));
    await write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    assert.equal(await modulesInstalled(folder), true);
  });

  it('are not when what is built for this platform is missing', async () => {
    await write('package-lock.json', {
      ...locked,
      'node_modules/compiler': { ...built, os: [process.platform] },
    });
    await mkdir(join(folder, 'node_modules'));
    await write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    assert.equal(await modulesInstalled(folder), false);
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

describe('installing node modules', () => {
  it('takes the development ones, whatever the environment says', async () => {
    // A package that npm finds without a network.
    await mkdir(join(folder, 'tool'));
    await writeFile(join(folder, 'tool', 'package.json'), '{ "name": "tool", "version": "1.0.0" }');
    const description = { name: 'one', version: '1.0.0', devDependencies: { tool: 'file:tool' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(description));
    const lock = {
      name: 'one',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': description,
        'node_modules/tool': { resolved: 'tool', link: true },
        tool: { version: '1.0.0', dev: true },
      },
    };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const script = join(__dirname, '..', 'modules.mjs');
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      NPM_CONFIG_OMIT: 'dev',
      NPM_CONFIG_OFFLINE: 'true',
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const install = () =>
      execFileSync(process.execPath, [script, folder], { env, encoding: 'utf8' });
    assert.equal(install(), 'installed\n');
    assert.ok(existsSync(join(folder, 'node_modules', 'tool', 'package.json')));
    assert.equal(install(), 'already there\n');
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
