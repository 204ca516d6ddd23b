// A prod stack that gets its name, and a certificate by itself, from a real ACME server; seen in a real browser.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Pebble, selfSign } from '../../testing/acme';
import { isIn, picture, TestBrowser } from '../../testing/browser';
import { ProdStack } from '../../testing/prod-stack';
import { failed, refused, succeeded } from '../../testing/result';
import { command, docker, freePort, retry } from '../../testing/stack';

const name = 'hours.example.org';
/** A person has it from a file; as a word it would begin like an option. */
const asWord = (pem: string) => `\n${pem}`;

describe('a prod stack with a name', () => {
  let stack: ProdStack;
  let pebble: Pebble;
  let httpsPort: number;
  let root: string;

  interface Answer {
    readonly status: number;
    readonly cookies: readonly string[];
    readonly serial: string;
  }
  /** Asks by the site's name, and believes nobody but the authority. */
  const ask = (method: string, place: string, body?: unknown) =>
    new Promise<Answer>((resolve, reject) => {
      const request = https.request(
        {
          ...{ host: '127.0.0.1', port: httpsPort, servername: name, ca: root, agent: false },
          ...{ method, path: place, timeout: 5000 },
          headers: {
            host: name,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
        },
        (response) => {
          const { serialNumber } = (
            response.socket as import('node:tls').TLSSocket
          ).getPeerCertificate();
          response.resume().on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              cookies: response.headers['set-cookie'] ?? [],
              serial: serialNumber,
            }),
          );
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer in 5 s')));
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const answers = () =>
    ask('GET', '/health').then(
      ({ status }) => status === 200,
      () => false,
    );

  before(async () => {
    stack = await ProdStack.prepare('https');
    httpsPort = await freePort();
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    // By which the edge finds this host.
    const address = await docker('network', 'inspect', '--format', format, 'docker_gwbridge');
    pebble = await Pebble.start({ address, httpPort: stack.port, httpsPort });
    root = await pebble.root();
  });
  after(async () => {
    await stack?.remove();
    await pebble?.remove();
  });

  it('begins without one, which is said', async () => {
    assert.match(await stack.mustUp(), /Logins cross the network in clear text\. .* domain hours/);
    assert.equal(await stack.health(), 200);
  });

  it('refuses a name, a certificate and a proxy that can not be, before anything is done', async () => {
    const { key, certificate } = await selfSign('DNS:other.example.org');
    await stack.configure({ domain: `https://${name}`, trustedProxies: '10.0.0.5/8' });
    await stack.mustPulumi('config', 'set', 'tlsCertificate', asWord(certificate));
    await stack.mustPulumi('config', 'set', 'tlsKey', asWord(key));
    const refused = await stack.pulumi(['preview']);
    failed(
      refused,
      `domain is "https://${name}", but must be a name without a scheme`,
      'tlsKey stands in the config in clear text',
      'trustedProxies is "10.0.0.5/8", which has bits beyond its length: a block is 10.0.0.0/8',
    );
    assert.doesNotMatch(refused.output, /PRIVATE KEY|^\s+at /m);
    for (const key of ['domain', 'trustedProxies', 'tlsCertificate', 'tlsKey'])
      await stack.mustPulumi('config', 'rm', key);
  });

  it('gets a certificate when it is given one, in seconds, and plans nothing after that', async () => {
    await stack.configure({
      domain: name,
      httpsPort: String(httpsPort),
      acmeDirectory: pebble.directory,
    });
    await stack.mustPulumi(
      'config',
      'set',
      'acmeRootCertificate',
      asWord(await pebble.certificate()),
    );
    const plan = await stack.pulumi(['preview']);
    assert.match(plan.output, /This plan moves the site from HTTP to HTTPS: .* about 5 seconds/);
    let over = false;
    let away = 0;
    const watch = (async () => {
      while (!over) {
        const asked = Date.now();
        // Before over http, then over https: what neither answers is away.
        const there = (await answers()) || (await stack.health().catch(() => 0)) === 200;
        await pause(100);
        if (!there) away += Date.now() - asked;
      }
    })();
    const up = await stack.mustUp();
    assert.ok(await retry(answers, 30));
    over = true;
    await watch;
    console.log(`from http to https: without service for ${(away / 1000).toFixed(1)} s`);
    assert.ok(away < 20_000, `${away} ms`);
    assert.doesNotMatch(up, /clear text/);
    assert.equal(await stack.output('url'), `https://${name}:${httpsPort}`);
    assert.equal(pebble.issued, 1);
    await stack.plansNothing();
    const moved = await stack.get('/reports', { host: name });
    assert.equal(moved.status, 308);
    assert.equal(moved.headers.location, `https://${name}:${httpsPort}/reports`);
  });

  it('says until when its certificate is good', async () => {
    const said = await stack.npmRun('certificate');
    succeeded(said);
    assert.match(
      said.output,
      /^hours\.example\.org {2}until \d{4}-\d\d-\d\d, by Pebble .*: (89|90) days left$/m,
    );
    failed(await stack.npmRun('certificate', 'root'), 'signs nothing itself');
  });

  it('gives cookies that are its own and for https alone', async () => {
    const login = { username: 'admin', password: stack.password };
    const { status, cookies } = await ask('POST', '/api/auth/login', login);
    assert.equal(status, 200);
    assert.equal(cookies.length, 2);
    for (const cookie of cookies)
      assert.match(
        cookie,
        /^__Host-timetracker_\w+=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
  });

  it('is a page without a complaint in a browser that trusts the root, over HTTP/2 and HTTP/3', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'timetracker-home-'));
    const database = `sql:${path.join(home, '.pki', 'nssdb')}`;
    await mkdir(path.join(home, '.pki', 'nssdb'), { recursive: true });
    await writeFile(path.join(home, 'root.pem'), root);
    const trust = ['-A', '-t', 'C,,', '-n', 'root', '-i', path.join(home, 'root.pem')];
    for (const args of [['-N', '--empty-password'], trust])
      succeeded(await command('certutil', [...args, '-d', database]));
    const login = { username: 'admin', password: stack.password };
    const url = `https://${name}:${httpsPort}`;
    const here = `--host-resolver-rules=MAP ${name} 127.0.0.1`;
    try {
      for (const [protocol, ...args] of [
        ['h2', '--disable-quic'],
        ['h3', `--origin-to-force-quic-on=${name}:${httpsPort}`],
      ] as const) {
        const browser = await TestBrowser.at({ url, login, args: [here, ...args], home });
        try {
          const page = await browser.openIn('/');
          await picture(page, `https-${protocol}`);
          await page.reload();
          await isIn(page);
          const spoken = await page.evaluate(
            "performance.getEntriesByType('navigation')[0].nextHopProtocol",
          );
          assert.equal(spoken, protocol);
          assert.deepEqual(browser.complaints, []);
          assert.deepEqual(browser.strangers, []);
        } finally {
          await browser.close();
        }
      }
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('asks for no other certificate when its edge starts anew', async () => {
    const { serial } = await ask('GET', '/health');
    await docker('service', 'update', '--force', '--quiet', stack.resource('edge'));
    assert.ok(await retry(answers, 30));
    assert.equal((await ask('GET', '/health')).serial, serial);
    assert.equal(pebble.ordered, 1);
  });

  it('has a copy for another server, which is put back when the volume is lost', async () => {
    const file = path.join(stack.folder, 'copy.json');
    const { serial } = await ask('GET', '/health');
    const saved = await stack.npmRun('certificate', 'save', file);
    succeeded(saved);
    assert.match(saved.output, /^hours\.example\.org {2}until \d{4}-\d\d-\d\d$/m);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    refused(await stack.npmRun('certificate', 'save', file), 'copy.json is there already');

    // Asking again would fail: there is no authority.
    await pebble.stop();
    await stack.inTier('edge', 'sh', '-c', 'rm -r /var/lib/caddy/*');
    const began = Date.now();
    succeeded(await stack.npmRun('certificate', 'load', file, '--yes'));
    assert.ok(await retry(answers, 30));
    console.log(`certificates put back in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    assert.equal((await ask('GET', '/health')).serial, serial);
    await stack.plansNothing();
  });
});
