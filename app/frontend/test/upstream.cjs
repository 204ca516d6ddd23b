// What stands in for the backend in the image's test. Runs in a container of its own.
const http = require('node:http');
let posts = 0;
let gets = 0;
// A slow body is not this one's concern.
const server = http.createServer({ requestTimeout: 0 }, (request, response) => {
  const url = new URL(request.url, 'http://upstream');
  const json = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
  if (url.pathname === '/health') return json(200, { status: 'ok', name: process.env.NAME });
  if (url.pathname === '/api/counts') return json(200, { posts, gets });
  if (url.pathname === '/api/break') {
    if (request.method === 'POST') posts++;
    else gets++;
    return request.socket.destroy();
  }
  if (url.pathname === '/api/slow') return setTimeout(() => json(200, { slow: true }), 2500);
  if (url.pathname === '/api/big') return json(200, { text: 'all work and no play '.repeat(2000) });
  if (url.pathname === '/api/docs') {
    return json(200, {}, { 'content-security-policy': "default-src 'self'" });
  }
  if (url.pathname === '/api/busy') return json(503, { own: true }, { 'retry-after': '7' });
  if (url.pathname === '/assets/newer-12345678.js') {
    return json(200, { peer: request.headers['x-peer'] }, { 'cache-control': 'max-age=1' });
  }
  if (url.pathname.startsWith('/assets/')) return json(404, {});
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
  });
  request.on('end', () => {
    json(200, { name: process.env.NAME, url: request.url, headers: request.headers, size });
  });
});
const { DEAF, PORT = 3000, BACKLOG = 511 } = process.env;
if (DEAF !== 'true') server.listen({ port: Number(PORT), backlog: Number(BACKLOG) });
else setInterval(() => {}, 1000);
process.on('SIGTERM', () => process.exit(0));
