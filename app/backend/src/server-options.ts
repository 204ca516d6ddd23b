import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import createCompiler from '@fastify/ajv-compiler';
import type { FastifyHttpOptions, FastifyRequest } from 'fastify';
import type { Config } from './config.js';
import { sendProblem, toProblem } from './plugins/problems.js';
import { Problem, problemDocument } from './problem.js';

/** Bytes of a JSON body. Imports have a limit of their own. */
const BODY_LIMIT = 100 * 1024;

/** How the HTTP server is built; tests build theirs the same way. */
export function serverOptions(config: Config): FastifyHttpOptions<Server> {
  return {
    logger: {
      level: config.logLevel,
      redact: {
        paths: ['authorization', 'cookie', 'set-cookie', 'password'].flatMap((name) => [
          `["${name}"]`,
          `*["${name}"]`,
          `*.*["${name}"]`,
        ]),
        censor: '[redacted]',
      },
      serializers: { req: loggedRequest },
    },
    // A request has one name in all logs: the proxy's, where there is one.
    genReqId: ({ headers }) => {
      const given = config.trustProxy > 0 ? headers['x-request-id'] : undefined;
      return typeof given === 'string' && /^[0-9a-f-]{36}$/.test(given) ? given : randomUUID();
    },
    // The backend is reachable by its proxies alone, so the nearest so many hops are them.
    trustProxy: (_address, hop) => hop < config.trustProxy,
    bodyLimit: BODY_LIMIT,
    // Headers must be here within 10 s; a body as long as it makes progress (plugins/stalled.ts).
    requestTimeout: 0,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) =>
      void sendProblem(toProblem(error), request, reply, error),
    clientErrorHandler: (error, socket) => answerMalformed(error, socket),
    schemaController: { compilersFactory: { buildValidator: buildValidator() } },
  };
}

/** The path alone: a query can hold what a person searched for. */
function loggedRequest({ method, url, ip }: FastifyRequest) {
  return { method, path: url.replace(/\?.*/, ''), remoteAddress: ip };
}

/** JSON bodies say what type a value has; query strings, parameters and headers can't. */
function buildValidator() {
  const create = createCompiler();
  const options = { removeAdditional: false, useDefaults: true, allErrors: false } as const;
  return ((schemas: Record<string, never>) => {
    const exact = create(schemas, { customOptions: { ...options, coerceTypes: false } });
    const coercing = create(schemas, { customOptions: { ...options, coerceTypes: 'array' } });
    return (route: { httpPart?: string; schema: object }) =>
      (route.httpPart === 'body' ? exact : coercing)(route);
  }) as never;
}

/** What is not even HTTP never becomes a request; it gets its problem document on the socket. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new Problem(408, 'The request stopped arriving.')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? new Problem(431, 'The headers are too large.')
        : new Problem(400, 'This is not a valid HTTP request.');
  const document = problemDocument(problem, randomUUID());
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 ${document.status} ${document.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
