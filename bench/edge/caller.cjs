// Asks one address as fast as it answers, from a few connections, and prints what it saw as JSON.
//
//   node caller.cjs <url> <Host> <connections> <seconds> <keep|anew|h2> [<Authorization>]
//
// keep: each connection is kept; anew: each request has one of its own, and with TLS a whole handshake;
// h2: the connections are streams of a single one.
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');

const [url = '', host = '', connections = '', seconds = '', kind = '', authorization] =
  process.argv.slice(1);
const { protocol, hostname, port, pathname, search } = new URL(url);
const path = pathname + search;
/** @type {number[]} */
const milliseconds = [];
let failed = 0;

/** @returns {() => Promise<number>} asks once, gives the status */
function byHttp() {
  const from = protocol === 'https:' ? https : http;
  const keepAlive = kind === 'keep';
  // No tickets: each handshake is a whole one.
  const agent = new from.Agent({ keepAlive, maxSockets: Infinity, maxCachedSessions: 0 });
  const headers = { host, ...(authorization && { authorization }) };
  const options = { agent, hostname, port, path, headers };
  return () =>
    new Promise((resolve, reject) => {
      const request = from.get(
        { ...options, servername: host, rejectUnauthorized: false },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      request.on('error', reject);
    });
}

/** @returns {() => Promise<number>} */
function byHttp2() {
  const session = http2.connect(url, { servername: host, rejectUnauthorized: false });
  return () =>
    new Promise((resolve, reject) => {
      let status = 0;
      session
        .request({ ':path': path, ':authority': host })
        .on('response', (headers) => {
          status = Number(headers[':status']);
        })
        .on('error', reject)
        .on('end', () => resolve(status))
        .resume();
    });
}

const ask = kind === 'h2' ? byHttp2() : byHttp();

async function work(/** @type {number} */ until) {
  while (Date.now() < until) {
    const began = performance.now();
    const status = await ask().catch(() => 0);
    if (status !== 200) failed++;
    milliseconds.push(performance.now() - began);
  }
}

async function main() {
  const workers = () => Array.from({ length: Number(connections) });
  // The first second is for what has to get warm.
  await Promise.all(workers().map(() => work(Date.now() + 1000)));
  milliseconds.length = 0;
  failed = 0;
  const before = process.cpuUsage();
  await Promise.all(workers().map(() => work(Date.now() + Number(seconds) * 1000)));
  const { user, system } = process.cpuUsage(before);
  milliseconds.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    milliseconds[Math.floor((milliseconds.length - 1) * share)] ?? 0;
  const requests = milliseconds.length;
  const each = requests / Number(seconds);
  const [p50, p95, p99, p999] = [at(0.5), at(0.95), at(0.99), at(0.999)];
  // Of its own, in milliseconds a request.
  const cpu = (user + system) / 1000 / requests;
  process.stdout.write(JSON.stringify({ requests, failed, each, p50, p95, p99, p999, cpu }));
  process.exit();
}

void main();
