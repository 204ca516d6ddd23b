import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { ensurePortsAreFree, isOwn, listeningSockets } from '../engine';
import type { Site } from '../site';

describe('the containers at a port', () => {
  for (const [name, own] of [
    ['timetracker-prod-edge', true],
    ['timetracker-prod-eu-edge', false],
    ['timetracker-prod-edge-2', false],
    ['timetracker-prod', false],
  ] as const)
    it(`are ${own ? '' : 'not '}the stack's own: ${name}`, () =>
      assert.equal(isOwn(name, 'timetracker-prod'), own));
});

describe('the published port', () => {
  it('is looked up among the listening sockets, not the connected ones', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0',
      '   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0',
      '   2: 0200000A:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0',
      '   3: 0100007F:1F92 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0',
    ].join('\n');
    assert.deepEqual(listeningSockets(table), [
      { port: 8080, onLoopback: true },
      { port: 80, onLoopback: true },
      { port: 8081, onLoopback: false },
    ]);
  });

  it('is refused when another process has it, and taken when it is free', async () => {
    await pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) },
      'timetracker',
      'dev',
      false,
    );
    pulumi.runtime.setAllConfig({});
    const listener = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    const address = listener.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const site = { certificates: undefined } as Site;
    const check = () =>
      ensurePortsAreFree(
        { orchestrator: 'container', port, site, registry: undefined },
        { address: 'unix:///var/run/docker.sock' },
        'timetracker-port-test',
      );
    try {
      assert.throws(check, (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(
          error.message,
          `port is ${port}, which another process holds on this host; ` +
            'free it (`ss -ltnp` tells who has it), ' +
            `or choose another with: pulumi config set --stack dev port ${port + 1}`,
        );
        return true;
      });
      const { PATH } = process.env;
      process.env.PATH = '/nonexistent';
      try {
        // Nobody can tell whether it is the stack's own.
        check();
      } finally {
        process.env.PATH = PATH;
      }
    } finally {
      await new Promise((resolve) => listener.close(resolve));
    }
    check();
    // Whoever has it would be told the registry's password.
    const other = createServer();
    await new Promise((resolve) => {
      other.once('listening', resolve).once('error', resolve).listen(5000);
    });
    const registry = { address: '', server: '', login: undefined, isOwn: true };
    const engine = { address: 'unix:///var/run/docker.sock' };
    try {
      assert.throws(
        () =>
          ensurePortsAreFree(
            { orchestrator: 'swarm', port, site, registry },
            engine,
            'timetracker-port-test',
          ),
        /^Error: the port of the stack's own registry is 5000, which .* holds on this host; .* config set --stack dev registry registry\.example\.com\/team$/,
      );
    } finally {
      other.close();
    }
  });
});
