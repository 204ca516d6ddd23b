import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { configFile, engineConfig } from '../stack';

describe("the engine of a stack's config", () => {
  const stack = `host-test-${process.pid}`;
  after(() => rmSync(configFile(stack), { force: true }));
  for (const [config, engine] of [
    [
      'config:\n  docker:host: ssh://deploy@server\n',
      { host: 'ssh://deploy@server', context: undefined },
    ],
    [
      'config:\n  "docker:host": "ssh://server:2222"\n',
      { host: 'ssh://server:2222', context: undefined },
    ],
    ['config:\n  docker:context: server # ours\n', { host: undefined, context: 'server' }],
    [
      'config:\n  timetracker:port: 80\n  # docker:host: ssh://server\n',
      { host: undefined, context: undefined },
    ],
    [undefined, { host: undefined, context: undefined }],
  ] as const)
    it(`is ${JSON.stringify(engine)} in ${JSON.stringify(config)}`, () => {
      if (config) writeFileSync(configFile(stack), config);
      else rmSync(configFile(stack), { force: true });
      assert.deepEqual(engineConfig(stack), engine);
    });
});
