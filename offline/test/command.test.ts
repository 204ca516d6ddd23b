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
    // It stands for the CLI: says which Node it finds, and what it was asked.
    put('tools/pulumi', '#!/bin/sh\necho "$(node) $*"\n');
    put('host/node', '#!/bin/sh\necho host\n');
    put('new node/node', '#!/bin/sh\necho new\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('runs the program on the Node that was fetched for it', () => {
    const script = commandScript(join(folder, 'tools'), join(folder, 'new node'));
    const said = execFileSync(put('command', script), ['up', '--message', 'a  b'], {
      env: { PATH: `${join(folder, 'host')}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    assert.equal(said, 'new up --message a  b\n');
  });
});
