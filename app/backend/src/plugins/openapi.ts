import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import plugin from 'fastify-plugin';
import type { Config } from '../config.js';

/** The API's description, made from the route schemas, and a page to read and try it. */
export default plugin<{ config: Config }>(async (app, { config }) => {
  await app.register(swagger, {
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Time tracker',
        version: '1',
        description:
          'Errors are problem documents (RFC 9457). Writes take an Idempotency-Key. Lists are paged by cursor.',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        },
      },
    },
  });
  if (!config.apiDocs) return;
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: true,
    // Its own policy lets more in than the page needs.
    transformStaticCSP: strictPolicy,
    uiConfig: { url: '/api/openapi.json', validatorUrl: null, tryItOutEnabled: true },
  });
});

/** Only what is served here, hashes of inline parts included. */
export function strictPolicy(header: string): string {
  const own = header
    .split(';')
    .map((directive) => directive.trim().split(/\s+/))
    .filter(([name = '']) => /^(script|style|img|font)-src$/.test(name))
    .map((words) => words.filter((word) => !/^https?:|validator\./.test(word)).join(' '));
  return [
    "default-src 'none'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...own,
  ].join('; ');
}
