// The plugins as the engine starts them: bundled, over gRPC.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { after, before, describe, it } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import type pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js';
import service from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { bundle } from '../../build.ts';
import { dockerProvider } from '../../src/docker/provider.ts';
import { randomProvider } from '../../src/random/provider.ts';

const PLUGINS = [dockerProvider(), randomProvider()];
const ROOT = join(import.meta.dirname, '../../../../package.json');

describe('the bundled plugins', () => {
  const target = mkdtempSync(join(tmpdir(), 'plugins-'));
  const started: ChildProcess[] = [];

  before(() => bundle(target));
  after(() => {
    for (const child of started) child.kill('SIGKILL');
    rmSync(target, { recursive: true });
  });

  async function start(name: string, version: string) {
    const launcher = join(target, `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    const begun = performance.now();
    const child = spawn(launcher, ['127.0.0.1:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    const [port] = await once(child.stdout, 'data');
    const client = new service.ResourceProviderClient(
      `127.0.0.1:${String(port).trim()}`,
      credentials.createInsecure(),
    );
    return { child, client, milliseconds: performance.now() - begun };
  }

  for (const { name, version } of PLUGINS) {
    it(`${name}: of the version that the project pins`, () => {
      const { dependencies } = JSON.parse(readFileSync(ROOT, 'utf8'));
      assert.equal(version, dependencies[`@pulumi/${name}`]);
    });

    it(`${name}: a folder without links that starts fast and ends when told to`, async () => {
      const folder = join(target, `resource-${name}-v${version}`);
      for (const file of readdirSync(folder)) assert.ok(lstatSync(join(folder, file)).isFile());
      const { child, client, milliseconds } = await start(name, version);
      assert.ok(milliseconds < 1000, `took ${milliseconds} ms to start`);

      const info = await new Promise<pluginMessages.PluginInfo>((resolve, reject) => {
        client.getPluginInfo(new empty.Empty(), (error, answer) =>
          error ? reject(error) : resolve(answer),
        );
      });
      assert.equal(info.getVersion(), version);

      // As recorded of the official plugins: the engine then goes on without a handshake.
      const error = await new Promise<ServiceError | null>((resolve) => {
        client.handshake(new messages.ProviderHandshakeRequest(), resolve);
      });
      assert.equal(error?.code, status.UNIMPLEMENTED);

      client.close();
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    });
  }
});
