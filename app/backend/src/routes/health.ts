import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { problems } from '../schemas/responses.js';

const TIMEOUT_MS = 2_000;

/** Healthy is an instance whose database answers within 2 s. */
const health: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  app.get(
    '/health',
    {
      logLevel: 'warn',
      schema: {
        tags: ['health'],
        summary: 'Whether this instance can serve',
        response: {
          200: Type.Object({ status: Type.Literal('ok'), release: Type.String() }),
          ...problems(503),
        },
      },
    },
    async () => {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new Problem(503, 'The database does not answer.', { retryAfter: 2 })),
          TIMEOUT_MS,
        );
      });
      try {
        await Promise.race([app.db.read('SELECT 1'), timeout]);
      } finally {
        clearTimeout(timer);
      }
      return { status: 'ok' as const, release: config.release };
    },
  );
};
export default health;
