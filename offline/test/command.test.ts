import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commandScript } from '../toolchain/command';

describe('the command of a CLI that was built here', () => {
  let folder: string;
  const put = (name: string, text: string) => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return file;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-command-'));
    // It stands for the CLI: says which Node it finds, where that keeps what it compiled, and what it was asked.
    put('tools/pulumi', '#!/bin/sh\necho "$(node) $NODE_COMPILE_CACHE $*"\n');
    put('host/node', '#!/bin/sh\necho host\n');
    put('new node/node', '#!/bin/sh\necho new\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  const said = (script: string, extra: NodeJS.ProcessEnv = {}) =>
    execFileSync(put('command', script), ['up', '--message', 'a  b'], {
      env: { PATH: `${join(folder, 'host')}:/usr/bin:/bin`, HOME: '/home/me', ...extra },
      encoding: 'utf8',
    }).trim();

  it('runs the program on the Node that was fetched for it', () => {
    const script = commandScript(join(folder, 'tools'), join(folder, 'new node'));
    assert.equal(said(script), 'new /home/me/.cache/timetracker/modules up --message a  b');
  });

  it("leaves it on the host's where that is new enough, and with the cache that it names", () => {
    const script = commandScript(join(folder, 'tools'));
    assert.match(
      said(script, { XDG_CACHE_HOME: '/cache' }),
      /^host \/cache\/timetracker\/modules /,
    );
    assert.match(said(script, { NODE_COMPILE_CACHE: '/own' }), /^host \/own /);
  });
});
