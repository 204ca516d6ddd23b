// The watcher's image as a deployment runs it, in a network with stand-ins for edge and frontend, told to a receiver outside.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from '../../../host/folders';
import { selfSign } from '../../../testing/acme';
import { command, docker, retry } from '../../../testing/stack';
import type { Message } from '../src/message';

const node = process.env.TEST_NODE_IMAGE ?? 'node:22-alpine';
const prefix = `timetracker-test-${process.pid}`;
const image = `${prefix}/watch:test`;
const watcher = `${prefix}-watch`;
const site = `${prefix}-site`;
/** Answers as /site/state says; by https once there is a certificate. */
const program = `
  const fs = require('fs');
  const answer = (request, response) => {
    response.statusCode = request.url === '/health' ? Number(fs.readFileSync('/site/state', 'utf8')) : 200;
    response.end();
  };
  require('http').createServer(answer).listen(8080);
  let secure;
  setInterval(() => {
    if (secure || !fs.existsSync('/site/cert.pem')) return;
    secure = require('https').createServer(
      { cert: fs.readFileSync('/site/cert.pem'), key: fs.readFileSync('/site/key.pem') }, answer).listen(8443);
  }, 100);`;

describe('the image of the watcher', () => {
  let folder: string;
  let server: http.Server;
  let alertUrl: string;
  let alerts: Message[];
  let beats = 0;

  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    await chmod(file, 0o644);
  };
  const facts = () =>
    write(
      'facts',
      `time ${Math.floor(Date.now() / 1000)}\ndisk 100000 50000\ndatabase 1000 1 100 0\n` +
        `backup timetracker-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.dump\n`,
    );
  const said = (line: string, state: string) =>
    alerts.some((message) => message.line === line && message.state === state);
  const log = async () => (await command('docker', ['logs', watcher])).output;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-watch-'));
    await chmod(folder, 0o755);
    await docker(
      ...['build', '-q', '--build-arg', `NODE_IMAGE=${node}`, '-t', image],
      join(projectRoot, 'app/watch'),
    );
    await docker('network', 'create', prefix);
    const gateway = '{{(index .IPAM.Config 0).Gateway}}';
    const host = await docker('network', 'inspect', '--format', gateway, prefix);
    alerts = [];
    server = http.createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      if (request.method === 'POST') alerts.push(JSON.parse(body) as Message);
      else beats++;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const base = `http://${host}:${(server.address() as AddressInfo).port}`;
    alertUrl = `${base}/a-path-that-nobody-guesses`;
    await write('alert_url', alertUrl);
    await write('heartbeat_url', `${base}/beat`);
    await write('state', '200');
    await facts();
    const aliases = ['--network-alias=edge', '--network-alias=frontend'];
    await docker(
      ...['run', '-d', '--init', '--name', site, '--network', prefix, ...aliases],
      ...['-v', `${folder}:/site:ro`, node, 'node', '-e', program],
    );
    const environment = {
      STACK: 'timetracker-test',
      DOMAINS: 'hours.example.org',
      FRONTENDS: '1',
      INTERVAL_SECONDS: '1',
      SECRETS: '/run/secrets',
    };
    await docker(
      ...['run', '-d', '--init', '--name', watcher, '--network', prefix, '--read-only'],
      ...['--tmpfs', '/tmp', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
      ...['--memory=128m', '-v', `${watcher}-memory:/var/lib/watch`],
      ...['-v', `${folder}:/facts:ro`, '-v', `${folder}:/run/secrets:ro`],
      ...Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      image,
    );
  });
  after(async () => {
    await command('docker', ['rm', '--force', '--volumes', watcher, site]);
    await command('docker', ['volume', 'rm', '--force', `${watcher}-memory`]);
    await command('docker', ['network', 'rm', prefix]);
    await command('docker', ['rmi', '--force', image]);
    await new Promise((resolve) => server?.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it('tells of a certificate that is not there, and of one that is', async () => {
    assert.ok(
      await retry(async () => said('certificate', 'red') && said('site', 'red'), 15),
      await log(),
    );
    const [red] = alerts.filter(({ line }) => line === 'certificate');
    assert.equal(red?.stack, 'timetracker-test');
    assert.equal(red?.text, 'hours.example.org has none: npm run status says why');
    // What one look alone shows may be a moment.
    assert.ok(beats <= 1);
    const signed = await selfSign('DNS:hours.example.org', 30);
    await write('key.pem', signed.key);
    await write('cert.pem', signed.certificate);
    assert.ok(await retry(async () => said('certificate', 'green'), 15), await log());
    const green = alerts.find(({ line, state }) => line === 'certificate' && state === 'green');
    assert.match(green?.text ?? '', /^hours\.example\.org (29|30) days left$/);
    assert.ok(await retry(async () => beats > 0, 10), await log());
  });

  it('goes on after a restart as if nothing had been, and tells nothing twice', async () => {
    await write('state', '503');
    assert.ok(await retry(async () => said('backend', 'red'), 15), await log());
    await facts();
    const told = alerts.length;
    await docker('restart', watcher);
    const looked = async () => (await log()).match(/looks each/g)?.length === 2;
    assert.ok(await retry(looked, 10));
    await new Promise((resolve) => setTimeout(resolve, 4000));
    assert.deepEqual(alerts.slice(told), []);
    await facts();
    await write('state', '200');
    assert.ok(await retry(async () => said('backend', 'green'), 15), await log());
  });

  it('is healthy by the check of its image, and light', async () => {
    const health = async () =>
      (await docker('inspect', '--format', '{{.State.Health.Status}}', watcher)) === 'healthy';
    assert.ok(await retry(health, 20));
    console.log(await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', watcher));
  });

  it('has no address in its environment, label or log', async () => {
    for (const text of [await docker('inspect', watcher, image), await log()]) {
      assert.ok(text.length > 20);
      assert.ok(!text.includes('nobody-guesses') && !text.includes(new URL(alertUrl).host), text);
    }
    assert.match(await log(), /backend is red since/);
    assert.equal((await docker('exec', watcher, 'id', '-u')).trim(), '1000');
  });
});
