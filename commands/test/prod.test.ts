import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { ensurePassphrase } from '../prod';

describe('ensurePassphrase', () => {
  let folder: string;
  const before = process.env.XDG_CONFIG_HOME;
  const file = () => path.join(folder, 'timetracker', 'unheard-of.passphrase');

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'passphrase-'));
    process.env.XDG_CONFIG_HOME = folder;
    mock.method(process.stdout, 'write', () => true);
  });
  afterEach(() => {
    mock.restoreAll();
    if (before === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = before;
    fs.rmSync(folder, { recursive: true });
  });

  it('makes 32 random bytes in a file that only its owner reads, once', () => {
    const env: NodeJS.ProcessEnv = {};
    ensurePassphrase('unheard-of', env);
    assert.equal(env.PULUMI_CONFIG_PASSPHRASE_FILE, file());
    const made = fs.readFileSync(file(), 'utf8');
    assert.equal(Buffer.from(made, 'base64').length, 32);
    assert.equal(fs.statSync(file()).mode & 0o777, 0o600);
    ensurePassphrase('unheard-of', {});
    assert.equal(fs.readFileSync(file(), 'utf8'), made);
  });

  it('leaves a passphrase alone that the environment names', () => {
    ensurePassphrase('unheard-of', { PULUMI_CONFIG_PASSPHRASE: '' });
    assert.ok(!fs.existsSync(file()));
  });

  it('makes none for a stack that was made with another', () => {
    assert.throws(() => ensurePassphrase('dev', {}), {
      message:
        /^Stack dev has a passphrase that is not on this host\. Put it into .*dev\.passphrase/,
    });
  });
});
