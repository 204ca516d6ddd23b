import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { isUnavailable, sqlState } from '../database/errors.js';
import { Problem, problemDocument } from '../problem.js';

/** Seconds after which a caller may try again while the database is away. */
const RETRY_AFTER = 2;

/** Every error becomes a problem document; what is not the caller's fault is logged. */
export default plugin(async (app) => {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) =>
    sendProblem(toProblem(error), request, reply, error),
  );
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    return sendProblem(new Problem(404, `There is no ${request.method} ${path}.`), request, reply);
  });
});

export function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  cause?: unknown,
) {
  if (problem.statusCode >= 500) {
    request.log.error({ err: cause ?? problem }, 'request failed');
  }
  const { retryAfter } = problem.details;
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (problem.statusCode === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.statusCode)
    .type('application/problem+json')
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problemDocument(problem, request.id));
}

export function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error.validation && error.validationContext) {
    const part = error.validationContext;
    const errors = error.validation.map(({ instancePath, message, params }) => ({
      path: part + (params?.additionalProperty ? `/${params.additionalProperty}` : instancePath),
      message: message ?? 'is not valid',
    }));
    const first = errors[0];
    return new Problem(400, `${first?.path ?? part} ${first?.message ?? 'is not valid'}.`, {
      errors,
    });
  }
  // With a status it is Fastify's: a caller that hung up has the code of a lost connection, too.
  if (error.statusCode === undefined && isUnavailable(error)) {
    return new Problem(503, 'The database is not available at the moment. Try again shortly.', {
      retryAfter: RETRY_AFTER,
    });
  }
  // 22: data that PostgreSQL can't hold, such as a NUL character in a text. Its words are its own.
  if (sqlState(error)?.startsWith('22')) {
    return new Problem(422, 'There is a value in it that can’t be stored.');
  }
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500
    ? new Problem(status, error.message)
    : new Problem(500, 'Something went wrong here. The log has more under this instance.');
}
