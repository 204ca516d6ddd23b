import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import plugin from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Milliseconds that a body may take to make progress. */
    bodyPatience: number;
  }
}

const LOOK_MS = 500;

/**
 * A body may take as long as it makes progress, and is cut off when it makes none: with 408, as if
 * Node had counted its time as a whole.
 */
export default plugin(async (app) => {
  const coming = new Map<IncomingMessage, { bytes: number; since: number }>();
  app.decorate('bodyPatience', 15_000);
  app.addHook('onRequest', async ({ raw }) => {
    const { headers, socket } = raw;
    if (headers['content-length'] === undefined && !headers['transfer-encoding']) return;
    // One that a test injects has no socket.
    if (!(socket instanceof Socket)) return;
    coming.set(raw, { bytes: socket.bytesRead, since: Date.now() });
    raw.once('close', () => coming.delete(raw));
  });
  const timer = setInterval(() => {
    for (const [request, seen] of coming) {
      const { socket, complete } = request;
      if (complete || socket.destroyed) {
        coming.delete(request);
        continue;
      }
      // What waits here to be taken is not the caller's delay.
      const ours = !request.readableFlowing || request.readableLength > 0;
      if (ours || socket.bytesRead !== seen.bytes) {
        seen.bytes = socket.bytesRead;
        seen.since = Date.now();
      } else if (Date.now() - seen.since >= app.bodyPatience) {
        coming.delete(request);
        const error = Object.assign(new Error('stalled'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        app.server.emit('clientError', error, socket);
      }
    }
  }, LOOK_MS).unref();
  app.addHook('onClose', async () => clearInterval(timer));
});
