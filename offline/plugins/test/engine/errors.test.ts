// Failures on a real engine: each must say what happened, to what, and what to do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { diff } from '../../src/diff.ts';
import { container } from '../../src/docker/container.ts';
import { asking, connect } from '../../src/docker/engine.ts';
import { image } from '../../src/docker/image.ts';
import { network } from '../../src/docker/network.ts';
import { remoteImage } from '../../src/docker/remoteImage.ts';
import { secret, serviceConfig } from '../../src/docker/secret.ts';
import { service } from '../../src/docker/service.ts';
import { volume } from '../../src/docker/volume.ts';
import { type Call, PartialFailure } from '../../src/plugin.ts';
import { check } from '../../src/schema.ts';
import type { Properties } from '../../src/value.ts';
import { buildTools, call, engine, freePort, PREFIX, swarm, sweep } from './engine.ts';

const { docker } = engine;
const containers = container(engine);
const services = service(engine);
const TOOLS = 'plugtest/tools:latest';

/** Inputs as the engine sends them: with the defaults. */
function complete(resource: typeof containers, inputs: Properties): Properties {
  const checked = check(resource.schema, inputs, resource.type);
  assert.deepEqual(checked.failures, []);
  return checked.inputs;
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => assert.fail('it should have failed'),
    (error: Error) => error,
  );
}

describe('failures', () => {
  let member: Awaited<ReturnType<typeof swarm>>;
  let tools = '';

  before(async () => {
    member = await swarm();
    await buildTools();
    tools = (await docker.getImage(TOOLS).inspect()).Id;
  });
  after(async () => {
    await sweep();
    await member.leave();
  });

  it('a build that fails shows its own last lines', async () => {
    const context = mkdtempSync(join(tmpdir(), 'plugins-'));
    const dockerfile = join(context, 'Dockerfile');
    writeFileSync(
      dockerfile,
      `FROM ${TOOLS}\nRUN echo compiling && echo "no such module" && exit 9\nRUN echo never\n`,
    );
    const inputs = {
      imageName: `${PREFIX}:broken`,
      skipPush: true,
      build: { context, dockerfile },
    };
    const { message } = await failure(image(engine).create(inputs, call));
    rmSync(context, { recursive: true });
    assert.match(message, new RegExp(`building ${PREFIX}:broken from ${dockerfile} failed`));
    assert.match(message, /exit code: 9/);
    assert.match(message, /the build's last lines:[\s\S]*compiling\n {4}no such module/);
    // A step is named when it runs: none that comes after, and none between what this one wrote.
    const after = message.slice(message.indexOf("the build's last lines:"));
    assert.match(after, /RUN echo compiling.*\n {4}compiling\n {4}no such module\n*$/);
    assert.doesNotMatch(after, /RUN echo never/);
  });

  it('a build that stumbles over one that was cut off is tried once more', async () => {
    const context = mkdtempSync(join(tmpdir(), 'plugins-'));
    const dockerfile = join(context, 'Dockerfile');
    writeFileSync(dockerfile, 'FROM scratch\n');
    const inputs = {
      imageName: `${PREFIX}:stumbles`,
      skipPush: true,
      build: { context, dockerfile },
    };
    const stumble = { error: 'failed to get edge: inconsistent graph state' };
    const built = { id: 'moby.image.id', aux: { ID: 'sha256:1' } };
    /** An engine that answers its builds in turn. */
    const engineOf = async (...answers: object[]) => {
      const server = createHttpServer((request, response) => {
        const answer = request.url?.includes('/build') ? answers.shift() : {};
        request.resume().on('end', () => response.end(`${JSON.stringify(answer)}\n`));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const { docker } = await connect({ host: `tcp://127.0.0.1:${port}` });
      return { server, left: answers, images: image({ ...engine, docker }) };
    };
    const mended = await engineOf(stumble, built);
    assert.equal((await mended.images.create(inputs, call)).state.repoDigest, 'sha256:1');
    const again = await engineOf(stumble, stumble, built);
    assert.match((await failure(again.images.create(inputs, call))).message, /inconsistent graph/);
    // No other failure is worth a second try.
    const other = await engineOf({ error: 'exit code: 9' }, built);
    assert.match((await failure(other.images.create(inputs, call))).message, /exit code: 9/);
    assert.deepEqual([again.left, other.left], [[built], [built]]);
    for (const { server } of [mended, again, other]) server.close();
    rmSync(context, { recursive: true });
  });

  it('an image that no registry gives names the way out', async () => {
    const name = 'localhost:1/plugtest/none:1';
    const { message } = await failure(remoteImage(engine).create({ name }, call));
    assert.match(
      message,
      /unable to pull image localhost:1\/plugtest\/none:1: .*; an image of that/,
    );
  });

  const unhealthy = (more: Properties): Properties =>
    complete(containers, {
      name: `${PREFIX}-unhealthy`,
      image: tools,
      command: ['sh', '-c', 'echo "cannot open the ledger"; exec sleep 60'],
      healthcheck: {
        tests: ['CMD-SHELL', 'echo "no ledger"; exit 3'],
        interval: '1s',
        startInterval: '200ms',
        startPeriod: '10s',
      },
      wait: true,
      waitTimeout: 2,
      ...more,
    });

  it('a container that never gets healthy shows its log and its last probe', async () => {
    const error = await failure(containers.create(unhealthy({}), call));
    assert.ok(error instanceof PartialFailure);
    assert.match(error.message, /^container failed to be in healthy state: plugtest-/);
    assert.match(error.message, /the last probe ended with 3:\n {4}no ledger/);
    assert.match(error.message, /docker logs plugtest.*`:\n {4}cannot open the ledger/);

    // Nor is it taken for healthy later: a refresh sees it, and the update waits again.
    const inputs = unhealthy({});
    const found = await containers.read(error.id, error.state, call);
    const { detailed } = diff(containers.schema, found ?? {}, inputs);
    assert.deepEqual(detailed, { wait: 'UPDATE' });
    const again = await failure(containers.update(error.id, found ?? {}, inputs, call));
    assert.match(again.message, /^container failed to be in healthy state/);
    await containers.delete(error.id, {}, call);
  });

  it('a container that ends is not waited for', async () => {
    const begun = Date.now();
    const inputs = unhealthy({ command: ['sh', '-c', 'echo bye; exit 4'], waitTimeout: 60 });
    const error = await failure(containers.create(inputs, call));
    assert.ok(error instanceof PartialFailure);
    assert.match(error.message, /it ended with exit code 4[\s\S]* {4}bye/);
    assert.ok(Date.now() - begun < 20_000);
    await containers.delete(error.id, {}, call);
  });

  it('Ctrl-C ends a wait at once', async () => {
    const stop = new AbortController();
    const cancelled: Call = { ...call, signal: stop.signal };
    const work = failure(containers.create(unhealthy({ waitTimeout: 60 }), cancelled));
    await sleep(2000);
    const begun = Date.now();
    stop.abort(new Error('cancelled'));
    const error = await work;
    assert.ok(Date.now() - begun < 1000);
    assert.ok(error instanceof PartialFailure);
    assert.match(error.message, /cancelled/);
    await containers.delete(error.id, {}, call);
  });

  it('a taken port is named, with the container and the way out', async () => {
    const port = await freePort();
    const taker: Server = createServer().listen(port, '127.0.0.1');
    const inputs = complete(containers, {
      name: `${PREFIX}-port`,
      image: TOOLS,
      command: ['stay'],
      ports: [{ internal: 80, external: port, ip: '127.0.0.1' }],
    });
    const error = await failure(containers.create(inputs, call));
    taker.close();
    assert.ok(error instanceof PartialFailure);
    assert.match(error.message, new RegExp(`unable to start container ${PREFIX}-port: `));
    assert.match(error.message, new RegExp(`a port of 127.0.0.1:${port} is taken: free it`));
    await containers.delete(error.id, {}, call);
  });

  it('a taken name tells who may have it, and the ways out', async () => {
    const networks = network(engine);
    const image = { image: TOOLS };
    const stay = complete(containers, { ...image, name: `${PREFIX}-taken`, command: ['stay'] });
    const serving = complete(services, {
      name: `${PREFIX}-taken`,
      taskSpec: { containerSpec: { ...image, commands: ['stay'] } },
      mode: { replicated: { replicas: 0 } },
      endpointSpec: { mode: 'dnsrr' },
    });
    const networked = (driver: string) =>
      complete(networks, { name: `${PREFIX}-taken-${driver}`, driver });
    for (const [resource, inputs, removal] of [
      [networks, networked('bridge'), 'network rm'],
      [networks, networked('overlay'), 'network rm'],
      [containers, stay, 'rm -f'],
      [services, serving, 'service rm'],
    ] as const) {
      const { id, state } = await resource.create(inputs, call);
      const { message } = await failure(resource.create(inputs, call));
      await resource.delete(id, state, call);
      const what = resource.type.replace('docker.', '').toLowerCase();
      assert.equal(
        message,
        `unable to create ${what} ${inputs.name}: the engine has one already, of which this state ` +
          'knows nothing. It belongs to another clone of this repository, or to another ' +
          'PULUMI_BACKEND_URL: go on from there, or take a stack of another name. If that state is ' +
          `lost, or an \`up\` was killed: docker ${removal} ${inputs.name}`,
      );
    }
  });

  it('an engine that is not there is named, with the way to start it', async () => {
    const { message } = await failure(connect({ host: 'unix:///nowhere/docker.sock' }));
    assert.match(message, /^cannot reach the Docker engine at unix:\/\/\/nowhere\/docker.sock: /);
    assert.match(message, /start it with: sudo systemctl start docker/);
    const remote = await failure(connect({ host: 'tcp://127.0.0.1:1' }));
    assert.match(remote.message, /^cannot reach the Docker engine at tcp:\/\/127.0.0.1:1: /);
    const scheme = await failure(connect({ host: 'ftp://x' }));
    assert.match(scheme.message, /must begin with unix:\/\/, tcp:\/\/ or ssh:\/\//);
    const context = await failure(connect({ context: 'plugtest-none' }));
    assert.match(context.message, /there is no Docker context "plugtest-none"/);
  });

  it('an engine over ssh is reached as the Docker CLI does it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
    const { PATH } = process.env;
    // In the place of ssh: `script`.
    const ssh = (script: string) =>
      writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = `${folder}:${PATH}`;
    try {
      const remote = await connect({ host: 'ssh://deploy@server.invalid' });
      // The command that it should run over there, run here.
      ssh('while [ "$1" != docker ]; do shift; done\nexec "$@"');
      assert.equal((await remote.docker.info()).ID, (await docker.info()).ID);

      const refused = await connect({ host: 'ssh://deploy@server.invalid' });
      for (const when of ['', 'sleep 0.3; ', 'exec 0<&- 1>&-; sleep 0.3; ']) {
        ssh(`${when}echo "ssh: Connection refused" >&2; exit 255`);
        const { message } = await failure(asking(refused, () => refused.docker.ping()));
        assert.equal(
          message,
          'cannot reach the Docker engine at ssh://deploy@server.invalid: ssh: Connection refused; ' +
            'start it there, or name another one in docker:host or DOCKER_HOST',
        );
      }
    } finally {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true });
    }
    const nobody = await connect({ host: 'ssh://deploy@server.invalid' });
    const { message } = await failure(asking(nobody, () => nobody.docker.ping()));
    assert.match(message, /^cannot reach the Docker engine at ssh:\/\/deploy@server.invalid: /);
  });

  it('a service that does not converge tells of its tasks, and is removed', async () => {
    const name = `${PREFIX}-crash`;
    const inputs = complete(services, {
      name,
      taskSpec: {
        containerSpec: {
          image: TOOLS,
          commands: ['sh', '-c', 'echo "ledger is torn"; sleep 0.3; exit 5'],
        },
        restartPolicy: { condition: 'any', delay: '1s', maxAttempts: 0, window: '0s' },
      },
      endpointSpec: { mode: 'dnsrr' },
      convergeConfig: { delay: '1s', timeout: '5s' },
    });
    const { message } = await failure(services.create(inputs, call));
    assert.match(message, /^Service with ID \(\w+\) did not converge after 5s/);
    assert.match(message, /its last task was failed: task: non-zero exit \(5\)/);
    assert.match(message, /the task's last lines:\n {4}ledger is torn/);
    assert.deepEqual(await docker.listServices({ filters: { name: [name] } }), []);
  });

  it('what is gone reads as gone, and its removal is no error', async () => {
    const all = [containers, services, network(engine), secret(engine), serviceConfig(engine)];
    const missing = 'plugtestnone';
    for (const resource of [...all, volume(engine), remoteImage(engine), image(engine)]) {
      const state: Properties = {
        name: missing,
        repoDigest: 'sha256:'.padEnd(71, '0'),
        __inputs: { skipPush: true },
      };
      assert.equal(await resource.read(missing, state, call), undefined, resource.type);
      await resource.delete(missing, state, call);
    }
  });

  it('an image that a registry has is not missed on the engine', async () => {
    const state: Properties = {
      imageName: 'plugtestnone',
      repoDigest: `registry.example/plugtestnone@sha256:${'0'.repeat(64)}`,
      __inputs: { skipPush: false },
    };
    assert.equal(await image(engine).read('plugtestnone', state, call), state);
  });

  it('a container that was stopped by hand is started again', async () => {
    const inputs = complete(containers, {
      name: `${PREFIX}-stopped`,
      image: TOOLS,
      command: ['stay'],
      destroyGraceSeconds: 1,
    });
    const { id, state } = await containers.create(inputs, call);
    await docker.getContainer(id).stop({ t: 1 });
    const found = await containers.read(id, state, call);
    assert.equal(found?.mustRun, false);
    const updated = await containers.update(id, found ?? {}, inputs, call);
    assert.equal(updated.mustRun, true);
    assert.equal((await docker.getContainer(id).inspect()).State.Running, true);
    await containers.delete(id, updated, call);
  });
});
