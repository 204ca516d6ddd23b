// What is left when a suite has ended, or was stopped in the middle.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { processLives } from '../../host/processes';
import {
  endSession,
  isOrphan,
  removeUnnamedImages,
  restoreSwarm,
  swarmState,
  unmountBelow,
  unnamedImages,
} from '../clean-up';

/** Above the highest process id there is. */
const gone = 4_194_305;

describe('the processes of a suite', () => {
  it('all end: those in groups of their own, and those that will not', async () => {
    // A shell with job control gives each job a group, as Pulumi does its plugins.
    const script =
      'set -m; sleep 60 & echo $!; (trap "" TERM; echo $BASHPID; sleep 60; sleep 60) & wait';
    const suite = spawn('bash', ['-c', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    suite.stdout.on('data', (text) => {
      printed += text;
    });
    while (printed.split('\n').length < 3) await once(suite.stdout, 'data');
    const pids = [suite.pid ?? gone, ...printed.trim().split('\n').map(Number)];
    assert.ok(pids.every(processLives));
    endSession(pids[0] ?? gone);
    assert.deepEqual(pids.filter(processLives), []);
  });
});

describe('the disks of a suite', { skip: process.getuid?.() !== 0 && 'mounts need root' }, () => {
  it('are unmounted, one on another and one elsewhere too, and nothing else is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-disks here-'));
    const elsewhere = mkdtempSync(join(tmpdir(), 'timetracker-elsewhere-'));
    const disk = (file: string, place: string) => {
      execFileSync('truncate', ['--size=8M', file]);
      execFileSync('mkfs.ext4', ['-q', '-F', file]);
      mkdirSync(place, { recursive: true });
      execFileSync('mount', ['-o', 'loop', file, place]);
    };
    const mounted = () => readFileSync('/proc/self/mounts', 'utf8').split('\n').sort();
    const before = mounted();
    try {
      disk(join(folder, 'outer'), join(folder, 'outer.d'));
      disk(join(folder, 'outer.d', 'inner'), elsewhere);
      assert.equal(mounted().length, before.length + 2);
      unmountBelow(folder);
      assert.deepEqual(mounted(), before);
      rmSync(folder, { recursive: true });
    } finally {
      for (const place of [elsewhere, join(folder, 'outer.d')])
        spawnSync('umount', ['--lazy', place]);
      for (const left of [folder, elsewhere]) rmSync(left, { recursive: true, force: true });
    }
  });
});

describe('an engine that does not answer', () => {
  let folder: string;
  const path = process.env.PATH;
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8');
  /** A docker CLI that gives this answer to every call. */
  const standIn = (script: string) => {
    writeFileSync(
      join(folder, 'docker'),
      `#!/bin/sh\necho "$*" >> ${join(folder, 'calls')}\n${script}\n`,
      { mode: 0o755 },
    );
    process.env.PATH = `${folder}:${path}`;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-clean-up-'));
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  it('is not one without a Swarm', () => {
    standIn('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    assert.throws(swarmState, { name: 'Problem', message: /Cannot connect to the Docker daemon/ });
  });

  it('is never told to leave the Swarm, since what lives there is unknown', () => {
    standIn('case "$1" in info) echo active ;; network) echo ;; *) exit 1 ;; esac');
    restoreSwarm({ active: false, gateway: true });
    assert.doesNotMatch(calls(), /swarm leave/);
    standIn('case "$1" in info) echo active ;; esac');
    restoreSwarm({ active: false, gateway: true });
    assert.match(calls(), /^swarm leave --force$/m);
  });
});

describe('the names of what tests make', () => {
  it('tell whether their process is gone', () => {
    for (const name of [
      `timetracker-backend-test-${gone}-a1b2c3`,
      `timetracker-e2e-dev-${gone}-db`,
      `timetracker-e2e-dev-${gone}/backend:dev`,
      `plugtest-${gone}-dev-db`,
      `tt-${gone}-0`,
    ]) {
      assert.equal(isOrphan(name), true, name);
      assert.equal(isOrphan(name.replace(String(gone), String(process.pid))), false, name);
    }
  });

  it('are theirs alone', () => {
    for (const name of [
      'timetracker-dev-db',
      'timetracker-prod-db',
      'plugtest/tools:latest',
      `other-test-${gone}`,
      'node:22',
    ]) {
      assert.equal(isOrphan(name), false, name);
    }
  });
});

describe('the images that lost their name', () => {
  it('go, but for those that were there before', () => {
    // An image of nothing but this time: no other has its id.
    const make = (comment: string) =>
      execFileSync(
        'docker',
        ['import', '--message', `${comment} ${process.hrtime.bigint()}`, '-'],
        {
          input: Buffer.alloc(1024),
          encoding: 'utf8',
        },
      )
        .trim()
        .replace('sha256:', '')
        .slice(0, 12);
    const kept = make('kept');
    const before = unnamedImages();
    assert.ok(before.includes(kept));
    const left = make('left');
    assert.ok(unnamedImages().includes(left));
    removeUnnamedImages(before);
    assert.ok(!unnamedImages().includes(left));
    assert.ok(unnamedImages().includes(kept));
    removeUnnamedImages(before.filter((id) => id !== kept));
    assert.ok(!unnamedImages().includes(kept));
  });
});
