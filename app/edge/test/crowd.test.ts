// The edge with a crowd that asks nothing, and with callers that are slow: others are served meanwhile.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../../host/folders';
import { docker, retry } from '../../../testing/stack';
import { type Edge, memoryMiB, Stage } from './edge';

const crowd = 10_000;

/** Node's: opens connections, of which each may ask once; holds them, and says how many there were and are. */
const idlers = `
  const [host, port, count, asks, seconds] = process.argv.slice(1);
  const request = 'GET /edge/health HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n';
  let open = 0;
  const one = () => new Promise((resolve) => {
    const socket = require('node:net').connect(Number(port), host, () => {
      open++;
      if (asks !== 'asks') return resolve();
      socket.write(request);
      socket.once('data', resolve);
    });
    socket.on('error', () => {});
    socket.on('close', () => { open--; resolve(); });
  });
  (async () => {
    for (let at = 0; at < Number(count); at += 250) await Promise.all(Array.from({ length: 250 }, one));
    const opened = open;
    setTimeout(() => { console.log(opened + ' ' + open); process.exit(); }, Number(seconds) * 1000);
  })();
`;

describe('the edge', () => {
  let stage: Stage;
  let edge: Edge;
  let slow: { began: number; headers: Promise<number>; reader: net.Socket };

  const ask = () =>
    new Promise<number>((resolve, reject) => {
      const options = { port: edge.httpPort, host: '127.0.0.1', agent: false, timeout: 10_000 };
      const request = http.get({ ...options, path: '/' }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      request.on('timeout', () => request.destroy(new Error('no answer in 10 s')));
      request.on('error', reject);
    });

  before(async () => {
    stage = await Stage.set();
    edge = await stage.edge();
    await edge.start({ TLS: 'off' });
    const isThere = () =>
      ask().then(
        (status) => status === 200,
        () => false,
      );
    assert.ok(await retry(isThere, 20), await edge.logs());
    // They take their time beside the rest.
    slow = {
      began: Date.now(),
      headers: untilCut(edge.httpPort, 'GET / HTTP/1.1\r\nHost: x\r\nX-Unfinished: '),
      reader: net
        .connect(edge.httpPort, '127.0.0.1')
        .on('error', () => {})
        .pause(),
    };
    slow.reader.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  after(async () => {
    slow?.reader.destroy();
    await stage?.strike();
  });

  for (const [what, asks] of [
    ['that never asked', 'silent'],
    ['that asked once', 'asks'],
  ] as const)
    it(`serves others beside ${crowd} idle connections ${what}, in bounded memory`, async () => {
      const words = ['8080', String(crowd), asks, '4'];
      let isOver = false;
      const ended = stage
        .beside(`idlers-${asks}`, idlers, await stage.addressOf(edge), ...words)
        .finally(() => {
          isOver = true;
        });
      let slowest = 0;
      let served = 0;
      let memory = 0;
      while (!isOver) {
        const asked = Date.now();
        assert.equal(await ask(), 200);
        slowest = Math.max(slowest, Date.now() - asked);
        served++;
        if (served % 20 === 0) memory = Math.max(memory, await edge.memoryMiB());
        await pause(50);
      }
      const [opened, open] = (await ended).split(' ').map(Number);
      console.log(
        `${crowd} ${what}: edge at ${memory} MiB, ${served} others served, the slowest in ${slowest} ms`,
      );
      assert.deepEqual([opened, open], [crowd, crowd]);
      assert.ok(memory > 0 && memory < memoryMiB * 0.8, `${memory} MiB`);
      // On a busy machine, with thousands of handshakes beside.
      assert.ok(slowest < 3000, `${slowest} ms`);
      assert.equal(await docker('inspect', '-f', '{{.State.Running}}', edge.name), 'true');
    });

  it('refuses what is too long by itself, in the words of nginx, and takes the rest', async () => {
    const post = (path: string, bytes: number) =>
      fetch(`http://127.0.0.1:${edge.httpPort}${path}`, {
        method: 'POST',
        body: Buffer.alloc(bytes),
      });
    const conf = await readFile(join(projectRoot, 'app/frontend/nginx/site.conf'), 'utf8');
    const [, words = ''] = /^ *413 '(.*)';$/m.exec(conf) ?? [];
    for (const [path, most] of [
      ['/api/entries', 100 * 1024],
      ['/api/imports/preview', 33 * 1024 * 1024],
    ] as const) {
      assert.equal((await post(path, most)).status, 200, path);
      // Its length says it all: nothing of it is sent.
      const refused = await answerTo(
        edge.httpPort,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${most + 1}\r\n\r\n`,
      );
      assert.match(refused, /^HTTP\/1\.1 413 /, path);
      assert.match(refused, /^Connection: close\r$/m);
      assert.match(refused, /^Content-Type: application\/problem\+json\r$/m);
      assert.ok(
        refused.includes(`\r\n\r\n{"type":"about:blank",${words},"instance":"urn:`),
        refused,
      );
    }
  });

  it('cuts headers that stop coming in 15 s', async () => {
    const seconds = await slow.headers;
    assert.ok(seconds > 14 && seconds < 18, `after ${seconds} s`);
  });

  it('cuts a reader that stops in 20 s', async () => {
    // What sockets hold comes through after that: the edge's log says when it gave up.
    const line = async () =>
      (await edge.logs()).split('\n').find((text) => /"uri":"\/large".*i\/o timeout/.test(text));
    assert.ok(await retry(async () => (await line()) !== undefined, 30), await edge.logs());
    const { time } = JSON.parse((await line()) ?? '') as { time: string };
    const seconds = (Date.parse(time) - slow.began) / 1000;
    assert.ok(seconds > 19 && seconds < 30, `after ${seconds} s`);
  });
});

/** Seconds until the other side ends a connection that has sent this. */
function untilCut(port: number, text: string): Promise<number> {
  const began = Date.now();
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('error', () => {});
    socket.resume().on('close', () => resolve((Date.now() - began) / 1000));
  });
}

/** What is answered to this, up to the end of its JSON. */
function answerTo(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer in 10 s: ${answer}`)));
    socket.on('error', reject).on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('}')) return;
      socket.destroy();
      resolve(answer);
    });
  });
}
