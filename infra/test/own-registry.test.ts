// The gate, as it runs: on this host, with something behind it that answers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../testing/stack';
import { gateProgram } from '../own-registry';

describe('the gate to the registry', () => {
  const registry = http.createServer((request, response) => {
    if (request.url === '/cut') request.socket.destroy();
    else request.pipe(response);
  });
  let port: number;
  let gate: ReturnType<typeof spawn>;
  before(async () => {
    registry.listen(0, '127.0.0.1');
    await once(registry, 'listening');
    port = await freePort();
    const upstream = registry.address() as net.AddressInfo;
    gate = spawn(process.execPath, ['--eval', gateProgram], {
      env: { PORT: String(port), UPSTREAM: '127.0.0.1', UPSTREAM_PORT: String(upstream.port) },
      stdio: 'inherit',
    });
    for (let tries = 0; tries < 100; tries++) {
      if (await asked('127.0.0.1', '', '/').catch(() => undefined)) return;
      await pause(50);
    }
    assert.fail('it does not answer');
  });
  after(() => {
    gate?.kill();
    registry.close();
  });

  async function asked(host: string, body: string, path = '/v2/'): Promise<string> {
    const url = `http://${host}:${port}${path}`;
    const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(5000) });
    return `${response.status} ${await response.text()}`;
  }

  it('passes on what comes from the server itself, both ways, whatever its size', async () => {
    const large = 'layer '.repeat(1024 * 1024);
    assert.equal(await asked('127.0.0.1', large), `200 ${large}`);
  });

  it('ends with the one that ends, and takes the next', async () => {
    await assert.rejects(asked('127.0.0.1', 'x', '/cut'));
    const caller = net.connect(port, '127.0.0.1');
    await once(caller, 'connect');
    caller.resetAndDestroy();
    assert.equal(await asked('127.0.0.1', 'next'), '200 next');
    assert.equal(gate.exitCode, null);
  });

  it('cuts off who comes from anywhere else', async () => {
    const addresses = Object.values(networkInterfaces())
      .flat()
      .flatMap((one) => (one?.family === 'IPv4' && !one.internal ? [one.address] : []));
    assert.ok(addresses.length > 0, 'this host has an address');
    for (const address of addresses) await assert.rejects(asked(address, 'let me in'), address);
  });
});
