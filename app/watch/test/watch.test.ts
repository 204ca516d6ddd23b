// From look to look: what is told when, in which form, to a real receiver; and what a restart leaves.
import assert from 'node:assert/strict';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Line } from '../src/lines';
import { type Memory, parseMemory, remember } from '../src/memory';
import { type Format, formatOf, type Message, tell } from '../src/message';
import { patience, send } from '../src/send';
import { begin, round, type Standing } from '../src/watch';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const start = Date.parse('2026-11-26T12:00:00Z');
const minute = 60_000;
const atMinute = (minutes: number) => new Date(start + minutes * minute).toISOString();
const line = (what: string, isWell: boolean | undefined, says = 'so'): Line => ({
  ...{ what, isWell, says },
});

describe('the watcher', () => {
  let server: http.Server;
  let url: string;
  let received: Received[];
  /** What the receiver answers, the rest with 200. */
  let answers: number[];
  let logged: string[];
  let kept: string;
  let now: number;

  before(async () => {
    server = http.createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const { method = '', url: path = '', headers } = request;
      received.push({ method, path, headers, body });
      response.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    received = [];
    answers = [];
    logged = [];
    kept = '';
    now = start;
  });

  /** A look a minute, each with these lines. */
  async function looks(
    rounds: readonly (readonly Line[])[],
    standing: Standing = begin(parseMemory(kept)),
    watched = { alert: `${url}/hook`, heartbeat: `${url}/beat` } as {
      alert?: string;
      heartbeat?: string;
      format?: Format;
    },
  ): Promise<Standing> {
    let at = standing;
    for (const lines of rounds) {
      at = await round(
        {
          stack: 'timetracker-prod',
          alert: watched.alert ? { url: watched.alert, format: watched.format } : undefined,
          heartbeat: watched.heartbeat,
        },
        at,
        {
          look: async () => lines,
          now: () => new Date(now),
          save: async (memory) => {
            kept = JSON.stringify(memory);
          },
          log: (text) => logged.push(text),
          send,
        },
      );
      now += minute;
    }
    return at;
  }
  const alerts = () =>
    received.filter(({ path }) => path === '/hook').map(({ body }) => JSON.parse(body) as Message);
  const beats = () => received.filter(({ path }) => path === '/beat').length;
  const well = [line('backend', true), line('disk', true)];
  const bad = [line('backend', false, 'answers 503'), line('disk', true)];

  it('says that all is well, each minute, and nothing else', async () => {
    await looks([well, well, well]);
    assert.equal(beats(), 3);
    assert.deepEqual(alerts(), []);
    assert.deepEqual(logged, []);
    assert.equal(received[0]?.method, 'GET');
  });

  it('tells nothing of one bad moment', async () => {
    await looks([well, bad, well, bad, well]);
    assert.deepEqual(alerts(), []);
    assert.equal(beats(), 5);
  });

  it('tells of a line that is red for two looks, once, and when it is green again', async () => {
    await looks([well, bad, bad, bad, bad]);
    const red = {
      stack: 'timetracker-prod',
      line: 'backend',
      state: 'red',
      text: 'answers 503',
      since: atMinute(1),
    };
    assert.deepEqual(alerts(), [red]);
    assert.equal(beats(), 2, 'it stops with the first line that is red');
    await looks([well, well, well, well]);
    assert.deepEqual(alerts().slice(1), [
      { ...red, state: 'green', text: 'so', since: atMinute(5) },
    ]);
    assert.equal(beats(), 4);
    assert.deepEqual(logged, [
      `backend is red since ${atMinute(1)}: answers 503`,
      `backend is green since ${atMinute(5)}: so`,
    ]);
  });

  it('does not flood: what comes and goes each minute is told once', async () => {
    await looks(Array.from({ length: 60 }, (_, index) => (index % 3 === 2 ? well : bad)));
    assert.equal(alerts().length, 1);
  });

  it('remembers over a restart what is red, since when, and what was told', async () => {
    await looks([bad]);
    await looks([bad], begin(parseMemory(kept)));
    assert.deepEqual(
      alerts().map(({ state, since }) => [state, since]),
      [['red', atMinute(0)]],
    );
    await looks([bad, bad], begin(parseMemory(kept)));
    assert.equal(alerts().length, 1);
    for (const broken of ['', '{', '[]', 'null', '{"backend":{"state":"mauve"}}'])
      assert.deepEqual(parseMemory(broken), {});
  });

  it('tries again with patience where nobody answers, and tells the newest', async () => {
    answers = [500];
    const standing = await looks([bad, bad], undefined, { alert: `${url}/hook` });
    assert.equal(received.length, 1);
    assert.match(logged.at(-1) ?? '', /^alertUrl answers 500; backend is told again in 1 min$/);
    await looks([[line('backend', false, 'answers 502')]], standing, { alert: `${url}/hook` });
    assert.equal(alerts().length, 2);
    assert.equal(alerts()[1]?.text, 'answers 502');

    assert.deepEqual(
      [1, 2, 3, 6, 7, 50].map((failures) => patience(failures) / minute),
      [1, 2, 4, 32, 60, 60],
    );
  });

  it('goes on looking while its receiver is away, and tells nothing of what is over by then', async () => {
    const nobody = { alert: 'http://127.0.0.1:9/hook' };
    const standing = await looks([bad, bad, bad, bad], undefined, nobody);
    assert.ok(logged.some((text) => text.startsWith('alertUrl fails: ')));
    assert.ok(
      logged.every((text) => !text.includes('127.0.0.1')),
      'an address is a secret',
    );
    await looks([well, well, well, well, well, well], standing, { alert: `${url}/hook` });
    assert.deepEqual(alerts(), []);
  });

  it('follows no redirection: that would hand the address on', async () => {
    answers = [307];
    await looks([bad, bad], undefined, { alert: `${url}/hook` });
    assert.equal(received.length, 1);
    assert.match(logged.at(-1) ?? '', /^alertUrl answers 307/);
  });

  it('logs a heartbeat that does not arrive once, and that it does again', async () => {
    answers = [503, 503];
    await looks([well, well, well], undefined, { heartbeat: `${url}/beat` });
    assert.deepEqual(logged, ['heartbeatUrl answers 503', 'heartbeatUrl is reached again']);
  });

  it('keeps a line that can not be told as it was, and forgets one that is gone', async () => {
    const open = [line('backend', undefined), line('disk', true)];
    await looks([bad, bad, open, open, open, open]);
    assert.deepEqual(
      alerts().map(({ state }) => state),
      ['red'],
    );
    assert.equal(beats(), 1);
    const memory = parseMemory(kept);
    assert.deepEqual(Object.keys(remember(memory, [line('disk', true)], new Date())), ['disk']);
    await looks([[line('disk', true)]]);
    assert.equal(beats(), 2, 'nobody waits for a line that nobody judges');
  });

  it('writes for each service what it takes', async () => {
    const message: Message = {
      stack: 'timetracker-prod',
      line: 'disk',
      state: 'red',
      text: '4 GB < 10% & falling',
      since: atMinute(0),
    };
    const green = { ...message, state: 'green' } as const;
    const deliver = async (format: Format, address: string, of: Message = message, all = true) => {
      assert.equal(await send(tell(address, format, of, all)), undefined);
      return received.at(-1);
    };
    const title = 'timetracker-prod: disk is red';
    const sentence = `${title}: ${message.text} (since ${message.since})`;

    const json = await deliver('json', `${url}/hook?key=1`);
    assert.deepEqual([json?.method, json?.path], ['POST', '/hook?key=1']);
    assert.equal(json?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(json?.body ?? ''), message);

    const slack = await deliver('slack', `${url}/services/T/B/x`);
    assert.deepEqual(JSON.parse(slack?.body ?? ''), {
      text: sentence.replace('&', '&amp;').replace('<', '&lt;'),
    });

    const ntfy = await deliver('ntfy', `${url.replace('//', '//me:pass%40word@')}/topic`);
    assert.equal(ntfy?.path, '/topic');
    assert.equal(ntfy?.body, `${message.text} (since ${message.since})`);
    assert.deepEqual(
      ['title', 'priority', 'tags', 'authorization'].map((name) => ntfy?.headers[name]),
      [title, 'high', 'rotating_light', `Basic ${Buffer.from('me:pass@word').toString('base64')}`],
    );

    for (const [of, all, path] of [
      [message, false, '/ping/1/fail'],
      [green, false, '/ping/1/log'],
      [green, true, '/ping/1'],
    ] as const) {
      const check = await deliver('healthchecks', `${url}/ping/1`, of, all);
      assert.deepEqual([check?.method, check?.path], ['POST', path]);
    }
    assert.equal(received.at(-3)?.body, sentence);
  });

  it('knows the services by their addresses', () =>
    assert.deepEqual(
      [
        'https://hooks.slack.com/services/T/B/x',
        'https://ntfy.sh/topic',
        'https://ntfy.example.org/topic',
        'https://hc-ping.com/3a4b5c6d-0000-4000-8000-000000000001',
        'https://checks.example.org/ping/3a4b5c6d-0000-4000-8000-000000000001',
        'https://example.org/hook',
        'https://nntfy.example.org/hook',
      ].map(formatOf),
      ['slack', 'ntfy', 'ntfy', 'healthchecks', 'healthchecks', 'json', 'json'],
    ));

  it('has nothing of an address in what it remembers', () => {
    const memory: Memory = remember({}, bad, new Date(start));
    assert.ok(!JSON.stringify(memory).includes('http'));
  });
});
