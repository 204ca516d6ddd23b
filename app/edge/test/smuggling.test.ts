// Requests with another hidden in them, through the edge to nginx: what one of both takes for a body, the other
// must not take for a request.
import assert from 'node:assert/strict';
import type * as net from 'node:net';
import { after, before, describe, it } from 'node:test';
import * as tls from 'node:tls';
import { retry } from '../../../testing/stack';
import { type Edge, Stage } from './edge';

const hidden = (name: string) => `GET /smuggled-${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post = (...headers: string[]) =>
  `${['POST /api/auth/login HTTP/1.1', 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;
const chunked = 'Transfer-Encoding: chunked';
/** A body that is over for who reads chunks, and goes on for who counts. */
const over = (name: string) => `0\r\n\r\n${hidden(name)}`;

/** What is sent, by what is wrong with it. */
const http1: Readonly<Record<string, string>> = {
  'length-and-chunks': post(`Content-Length: ${over('length-and-chunks').length}`, chunked),
  'chunks-and-length': post(chunked, 'Content-Length: 5'),
  'two-lengths': post('Content-Length: 0', `Content-Length: ${hidden('two-lengths').length}`),
  'list-of-lengths': post(`Content-Length: 0, ${hidden('list-of-lengths').length}`),
  'length-with-sign': post(`Content-Length: +${hidden('length-with-sign').length}`),
  'length-in-hex': post('Content-Length: 0x40'),
  'negative-length': post('Content-Length: -1'),
  'space-before-colon': post('Transfer-Encoding : chunked'),
  'tab-before-value': post('Transfer-Encoding:\tchunked', 'Content-Length: 5'),
  'other-coding': post('Transfer-Encoding: xchunked'),
  'two-codings': post(chunked, 'Transfer-Encoding: identity'),
  'quoted-coding': post('Transfer-Encoding: "chunked"'),
  'vertical-tab': post('Transfer-Encoding: \vchunked'),
  'folded-line': post('X: y', ' Transfer-Encoding: chunked'),
  'bare-return': post('X: y\rTransfer-Encoding: chunked', 'Content-Length: 5'),
  'bare-newline': post('X: y\nTransfer-Encoding: chunked', 'Content-Length: 5'),
  'zero-byte': post('X: y\0Transfer-Encoding: chunked'),
  underscore: post('Transfer_Encoding: chunked'),
  'method-of-its-own': `GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden('method-of-its-own').length}\r\n\r\n`,
  'two-hosts': 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n',
  'space-in-line': `GET /x HTTP/1.1\r\nGET /smuggled-space HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  upgrade: `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
};
/** A chunk's own line, with which readers are lenient. */
const chunks: Readonly<Record<string, string>> = {
  'size-with-sign': '+0\r\n\r\n',
  'size-in-0x': '0x0\r\n\r\n',
  'size-too-large': 'fffffffffffffffff0\r\n\r\n',
  'newline-in-extension': '0;a\nb\r\n\r\n',
  'long-extension': `0;${'a'.repeat(20_000)}\r\n\r\n`,
  'newline-alone': '0\n\n',
  'wrong-end': '1\r\nxyz0\r\n\r\n',
};

const field = (name: string, value: string) => {
  const text = (part: string) => {
    assert.ok(part.length < 127);
    return Buffer.concat([Buffer.from([part.length]), Buffer.from(part, 'latin1')]);
  };
  // A literal without an index, without Huffman's code: RFC 7541, 6.2.2.
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
};
const frame = (type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
/** Header fields of HTTP/2 beside the request's own, which another version would take for lines; and a body. */
const http2: Readonly<Record<string, readonly [fields: [string, string][], body?: string]>> = {
  'h2-line-in-value': [[['x', `y\r\n\r\n${hidden('h2-line-in-value')}`]]],
  'h2-line-in-name': [[[`x: y\r\n\r\nGET /smuggled-h2-line-in-name HTTP/1.1\r\nz`, 'y']]],
  'h2-coding': [[['transfer-encoding', 'chunked']], over('h2-coding')],
  'h2-length': [[['content-length', '0']], hidden('h2-length')],
  'h2-connection': [[['connection', 'content-length']], hidden('h2-connection')],
  'h2-line-in-path': [
    [[':path', '/ HTTP/1.1\r\nHost: localhost\r\n\r\nGET /smuggled-h2-line-in-path']],
  ],
  'h2-line-in-method': [[[':method', 'GET /smuggled-h2-line-in-method HTTP/1.1\r\nX: ']]],
  'h2-capitals': [[['Content-Length', '0']], hidden('h2-capitals')],
};

describe('the edge and nginx agree where a request ends', () => {
  let stage: Stage;
  let edge: Edge;
  before(async () => {
    stage = await Stage.set({ page: true });
    edge = await stage.edge();
    await edge.start({ TLS: 'internal', DOMAINS: 'localhost' });
    const serves = () =>
      over2('control').then(
        (answer) => answer.length > 0,
        () => false,
      );
    assert.ok(await retry(serves, 30), await edge.logs());
  });
  after(() => stage?.strike());

  const overTls = (protocol: string, bytes: Buffer | string) =>
    untilQuiet(
      tls.connect({
        ...{ port: edge.httpsPort, host: '127.0.0.1', servername: 'localhost' },
        ...{ ALPNProtocols: [protocol], rejectUnauthorized: false },
      }),
      'secureConnect',
      bytes,
    );
  /** A request over HTTP/2. */
  function over2(name: string, fields: [string, string][] = [], body?: string): Promise<string> {
    const own = {
      ':method': body === undefined ? 'GET' : 'POST',
      ':scheme': 'https',
      ':authority': 'localhost',
      ':path': `/asked-${name}`,
      ...Object.fromEntries(fields.filter(([key]) => key.startsWith(':'))),
    };
    const all = [...Object.entries(own), ...fields.filter(([key]) => !key.startsWith(':'))];
    const block = Buffer.concat(all.map(([key, value]) => field(key, value)));
    const endsStream = 1;
    const endsHeaders = 4;
    return overTls(
      'h2',
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        frame(4, 0, 0),
        frame(1, endsHeaders | (body === undefined ? endsStream : 0), 1, block),
        ...(body === undefined ? [] : [frame(0, endsStream, 1, Buffer.from(body))]),
      ]),
    );
  }

  it('whatever is wrong with it', async () => {
    const sent = [
      ...Object.entries(http1).map(([name, head]) => [
        name,
        head + (head.includes(chunked) ? over(name) : hidden(name)),
      ]),
      ...Object.entries(chunks).map(([name, chunk]) => [
        name,
        post(chunked) + chunk + hidden(name),
      ]),
    ] as [string, string][];
    const answers = new Map<string, string>();
    for (const [name, bytes] of sent) answers.set(name, await overTls('http/1.1', bytes));
    for (const [name, [fields, body]] of Object.entries(http2))
      answers.set(name, await over2(name, fields, body));
    // The control: one after the other is allowed, and both are seen.
    const first = 'GET /asked-first HTTP/1.1\r\nHost: localhost\r\n\r\n';
    await overTls('http/1.1', first + hidden('control'));
    const isThere = async () => (await stage.frontendLogs()).includes('/smuggled-control');
    assert.ok(await retry(isThere, 10));
    for (const [name, answer] of answers)
      console.log(`${name}: ${answer.match(/HTTP\/1\.1 \d+/g) ?? `${answer.length} bytes`}`);

    // What the edge passed on has an id of the edge's.
    const known = new Set(requests(await edge.logs()).map(({ requestId }) => requestId));
    const seen = requests(await stage.frontendLogs());
    assert.ok(seen.length > 3 && known.size > seen.length, `${seen.length} of ${known.size}`);
    assert.deepEqual(
      seen.filter(({ requestId }) => !known.has(requestId)),
      [],
    );
    // A header's or a path's text is no request.
    for (const name of Object.keys(http2).filter((one) => http2[one]?.[1] === undefined))
      assert.ok(!seen.some(({ path }) => path.includes(`smuggled-${name}`)), name);
  });
});

/** Lines of an access log, the edge's or nginx's. */
function requests(log: string): { path: string; requestId: string }[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"requestId"'))
    .map((line) => JSON.parse(line) as { path: string; requestId: string });
}

/** Sends, and returns what comes until the other side ends it or says nothing for half a second. */
function untilQuiet(socket: net.Socket, ready: string, bytes: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.once(ready, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.setTimeout(500, () => socket.destroy());
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
