import { setTimeout as sleep } from 'node:timers/promises';
import plugin from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Goes on serving for so many seconds, telling callers to open no further requests on their
     * connections, then closes the idle ones, finishes what is running, and ends the pool.
     */
    drain(seconds: number): Promise<void>;
  }
}

export default plugin(async (app) => {
  let draining = false;
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  app.decorate('drain', async (seconds: number) => {
    draining = true;
    await sleep(seconds * 1000);
    await app.close();
  });
});
