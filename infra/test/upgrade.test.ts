import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { announceUpgrade, switchNotice, upgradeNotice } from '../upgrade';

describe('the first plan of a stack that an earlier program made', () => {
  const engine = {
    address: 'unix:///var/run/docker.sock',
    host: 'localhost',
    platform: 'linux/amd64',
    answered: true,
  };
  const path = process.env.PATH;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-upgrade-'));
    // A docker CLI of an engine that has the networks of stack old, and no others.
    const script = '#!/bin/sh\ncase "$*" in *tt-old-backend-network) ;; *) exit 1 ;; esac\n';
    writeFileSync(join(folder, 'docker'), script);
    chmodSync(join(folder, 'docker'), 0o755);
    process.env.PATH = `${folder}:${path}`;
    await pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) },
      'timetracker',
      'old',
      true,
    );
  });
  afterEach(() => mock.restoreAll());
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  const said = (prefix: string, of = engine) => {
    const warn = mock.method(pulumi.log, 'warn', async () => {});
    announceUpgrade(prefix, of);
    return warn.mock.calls.map(({ arguments: [text] }) => text);
  };

  it('says how long the page is away', () => assert.deepEqual(said('tt-old'), [upgradeNotice]));
  it('says when the site moves to https or back, and for how long', () => {
    assert.equal(switchNotice(false, false), undefined);
    assert.equal(switchNotice(true, true), undefined);
    assert.equal(
      switchNotice(false, true),
      'This plan moves the site from HTTP to HTTPS: the edge starts anew, and the page is away for about 5 seconds. ' +
        'Whoever is logged in logs in again.',
    );
    assert.match(switchNotice(true, false) ?? '', /^This plan moves the site from HTTPS to HTTP: /);
  });
  it('is not that of another stack, or of an engine that was not asked', () => {
    assert.deepEqual(said('tt-new'), []);
    assert.deepEqual(said('tt-old', { ...engine, answered: false }), []);
  });
});
