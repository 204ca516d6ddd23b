import type { FastifyInstance, HTTPMethods } from 'fastify';
import { Problem } from './problem.js';

/**
 * Notes the paths that get routes from now on. Calling what it returns, when all have, makes a path
 * that is asked by a method that it lacks a 405 that says which it has, instead of a 404.
 */
export function watchMethods(app: FastifyInstance): () => void {
  const paths = new Set<string>();
  let complete = false;
  app.addHook('onRoute', ({ url }) => {
    if (!complete) paths.add(url);
  });
  return () => {
    complete = true;
    const methods = app.supportedMethods as HTTPMethods[];
    for (const url of paths) {
      const has = (method: HTTPMethods) => app.hasRoute({ url, method });
      const allow = methods.filter(has).sort().join(', ');
      app.route({
        url,
        method: methods.filter((method) => !has(method)),
        schema: { hide: true },
        // Before its body is read.
        onRequest: async (request, reply) => {
          reply.header('allow', allow);
          throw new Problem(405, `There is no ${request.method} here, but ${allow}.`);
        },
        handler: async () => {},
      });
    }
  };
}
