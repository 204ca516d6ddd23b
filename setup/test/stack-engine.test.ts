import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { engineOfStack, stackOf } from '../stack-engine.mjs';

describe('the stack of a command line', () => {
  for (const [target, args, stack] of [
    ['start', [], 'dev'],
    ['prod', [], 'prod'],
    ['prod', ['--yes', '--stack', 'shop'], 'shop'],
    ['rollback', ['01234567-89abcdef', '--stack=shop', '--yes'], 'shop'],
    ['releases', ['-s', 'shop'], 'shop'],
    ['releases', ['--stack', 'organization/timetracker/shop'], 'shop'],
    ['test', ['unit'], undefined],
  ] as const)
    it(`is ${stack} for ${[target, ...args].join(' ')}`, () =>
      assert.equal(stackOf(target, [...args]), stack));
});

describe("the engine of a stack's config", () => {
  for (const [config, engine] of [
    ['config:\n  docker:host: ssh://deploy@server\n', 'ssh://deploy@server'],
    ['config:\n  "docker:host": "ssh://server:2222"\n', 'ssh://server:2222'],
    ['config:\n  timetracker:port: 80\n  # docker:host: ssh://server\n', undefined],
    [undefined, undefined],
  ] as const)
    it(`is ${engine} in ${JSON.stringify(config)}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'timetracker-engine-'));
      if (config) await writeFile(join(folder, 'Pulumi.shop.yaml'), config);
      assert.equal(await engineOfStack(folder, 'shop'), engine);
      await rm(folder, { recursive: true });
    });
});
