// What a quiet host lacks: callers with addresses of their own, other sockets of the engine, dead proxies.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { defaultEngine } from '../host/docker';
import { command } from './stack';

/** A shell whose proxies don't answer, and that excepts nothing from them. */
export const proxies: NodeJS.ProcessEnv = {
  // Port 9, discard: nobody listens there.
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  NO_PROXY: undefined,
  no_proxy: undefined,
};

export interface OtherSocket extends AsyncDisposable {
  /** As DOCKER_HOST says it. */
  readonly address: string;
  /** How often it was called. */
  readonly connections: () => number;
}

/** Another socket of the same engine, as a rootless one or another context has it. */
export async function otherSocket(): Promise<OtherSocket> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'timetracker-engine-'));
  const socket = path.join(folder, 'docker.sock');
  let connections = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (caller) => {
    connections++;
    const engine = net.connect({
      path: defaultEngine.slice('unix://'.length),
      allowHalfOpen: true,
    });
    for (const end of [caller, engine]) {
      open.add(end);
      end.on('close', () => open.delete(end));
      // One end that breaks takes the other with it.
      end.on('error', () => {
        caller.destroy();
        engine.destroy();
      });
    }
    caller.pipe(engine).pipe(caller);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    address: `unix://${socket}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Caller {
  readonly address: string;
  /** This host, as the caller sees it. */
  readonly gateway: string;
  readonly namespace: string;
}

/** Network namespaces, each on a cable to this host. */
export async function callers(
  addresses: readonly string[],
): Promise<{ list: Caller[] } & AsyncDisposable> {
  const list = addresses.map((address, index) => ({
    address,
    gateway: address.replace(/\d+$/, '1'),
    namespace: `tt-${process.pid}-${index}`,
  }));
  const ip = async (...args: string[]) => {
    const result = await command('ip', args);
    assert.equal(result.code, 0, `ip ${args.join(' ')}: ${result.output}`);
  };
  for (const [index, { address, gateway, namespace }] of list.entries()) {
    const cable = `tt${process.pid % 100_000}h${index}`;
    await ip('netns', 'add', namespace);
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('address', 'add', `${gateway}/24`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  return {
    list,
    // Its end of the cable goes with a namespace, and ours with it.
    [Symbol.asyncDispose]: async () => {
      for (const { namespace } of list) await command('ip', ['netns', 'del', namespace]);
    },
  };
}
