// Metrics at a port of their own, which no proxy in front passes on; none without a port.
import { createServer } from 'node:http';
import plugin from 'fastify-plugin';
import type { Config } from '../config.js';
import { createMetrics } from '../metrics.js';

export default plugin<{ config: Config }>(async (app, { config }) => {
  const { metricsPort } = config;
  if (metricsPort === 0) return;
  const metrics = createMetrics(config.release);
  app.addHook('onResponse', async (request, reply) => {
    metrics.answered({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
  });
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000 },
    (request, response) => {
      const isThere = request.method === 'GET' && request.url === '/metrics';
      response.writeHead(isThere ? 200 : 404, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      });
      response.end(isThere ? metrics.text() : '');
      if (isThere) metrics.looked();
    },
  );
  app.addHook('onListen', async () => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(metricsPort, config.host, resolve);
    });
  });
  app.addHook('onClose', async () => {
    metrics.end();
    server.close();
    server.closeAllConnections();
  });
});
