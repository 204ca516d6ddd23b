import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { engineAddress, hostOf, providerAddress, sameEngine } from '../docker';
import { tryRunSync } from '../programs';

describe("the engine's host", () => {
  for (const [address, host] of [
    ['unix:///run/docker.sock', 'localhost'],
    ['ssh://deploy@server', 'server'],
    ['ssh://server:2222', 'server'],
    ['tcp://[2001:db8::7]:2376', '[2001:db8::7]'],
  ] as const)
    it(`is ${host} for ${address}`, () => assert.equal(hostOf(address), host));
});

describe('the engine that is meant', () => {
  let folder: string;
  const before_ = process.env.DOCKER_CONFIG;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-contexts-'));
    process.env.DOCKER_CONFIG = folder;
    const create = ['context', 'create', 'away', '--docker', 'host=ssh://deploy@server'];
    assert.ok(tryRunSync('docker', create).ok);
  });
  after(() => {
    if (before_ === undefined) delete process.env.DOCKER_CONFIG;
    else process.env.DOCKER_CONFIG = before_;
    rmSync(folder, { recursive: true });
  });
  const env = (more: NodeJS.ProcessEnv = {}) => ({ DOCKER_CONFIG: folder, ...more });
  const use = (currentContext: string) =>
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext }));

  it('is what the config says, else the environment, else the context in use, else the default', () => {
    use('away');
    const DOCKER_HOST = 'unix:///run/user/1000/docker.sock';
    assert.equal(engineAddress({ host: 'tcp://a:1' }, env({ DOCKER_HOST })), 'tcp://a:1');
    assert.equal(engineAddress({ context: 'away' }, env({ DOCKER_HOST })), 'ssh://deploy@server');
    assert.equal(engineAddress({}, env({ DOCKER_HOST })), DOCKER_HOST);
    assert.equal(engineAddress({}, env({ DOCKER_CONTEXT: 'away' })), 'ssh://deploy@server');
    assert.equal(engineAddress({}, env()), 'ssh://deploy@server');
    use('default');
    assert.equal(engineAddress({}, env()), 'unix:///var/run/docker.sock');
  });

  it('is another one for the provider, if only `docker context use` chose it', () => {
    use('away');
    assert.equal(providerAddress({}, env()), 'unix:///var/run/docker.sock');
    assert.equal(providerAddress({ host: 'tcp://a:1' }, env()), 'tcp://a:1');
    assert.equal(providerAddress({}, env({ DOCKER_HOST: 'tcp://b:1' })), 'tcp://b:1');
  });

  it('is the same by another name of its socket', () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    writeFileSync(join(run, 'docker.sock'), '');
    symlinkSync(run, join(folder, 'var-run'));
    assert.ok(
      sameEngine(`unix://${run}/docker.sock`, `unix://${join(folder, 'var-run')}/docker.sock`),
    );
    assert.ok(!sameEngine(`unix://${run}/docker.sock`, 'unix:///var/run/docker.sock'));
    assert.ok(!sameEngine('ssh://a', 'ssh://b'));
  });
});
