import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { issuingGeneration } from '../auth/issuing-generation.js';
import { createLogin } from '../auth/login.js';
import {
  ACCESS_TOKEN_SECONDS,
  SESSION_IDLE_SECONDS,
  type SessionTicket,
  sessionHash,
} from '../auth/tokens.js';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { Access, Credentials, User } from '../schemas/auth.js';
import { problems, WriteHeaders } from '../schemas/responses.js';

export const SESSION_COOKIE = 'timetracker_session';

const auth: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const login = createLogin(app.db, config);
  const { sessions } = app;
  const cookie = {
    path: '/api/auth',
    httpOnly: true,
    sameSite: 'strict',
    secure: config.cookieSecure,
  } as const;

  async function giveAccess(reply: FastifyReply, ticket: SessionTicket) {
    const generation = await issuingGeneration(app.db, config);
    reply.setCookie(SESSION_COOKIE, await app.tokens.sealSession(ticket, generation), {
      ...cookie,
      maxAge: SESSION_IDLE_SECONDS,
    });
    return {
      accessToken: await app.tokens.signAccess(config.adminUsername, ticket, generation),
      expiresIn: ACCESS_TOKEN_SECONDS,
      user: { username: config.adminUsername },
    };
  }

  async function readTicket(request: FastifyRequest): Promise<SessionTicket | undefined> {
    const sealed = request.cookies[SESSION_COOKIE];
    return sealed ? app.tokens.openSession(sealed).catch(() => undefined) : undefined;
  }

  // A page of another site can send a form, but not this header.
  async function requireHeader(request: FastifyRequest) {
    if (request.headers['x-requested-with'] !== 'timetracker') {
      throw new Problem(403, 'The header "X-Requested-With: timetracker" is missing.');
    }
  }

  app.post(
    '/login',
    {
      schema: {
        tags: ['auth'],
        summary: 'Log in',
        body: Credentials,
        headers: WriteHeaders,
        response: { 200: Access, ...problems(400, 401, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      await login(request.body.username, request.body.password, request.ip);
      const before = await readTicket(request);
      const opened = await sessions.open(request.headers['idempotency-key']);
      if (before && before.id !== opened.id) await sessions.close(before);
      return giveAccess(reply, opened);
    },
  );

  app.post(
    '/refresh',
    {
      onRequest: requireHeader,
      schema: {
        tags: ['auth'],
        summary: 'Exchange the session cookie for an access token and the next cookie',
        headers: Type.Object({
          'x-requested-with': Type.Literal('timetracker'),
          ...WriteHeaders.properties,
        }),
        response: { 200: Access, ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const ticket = await readTicket(request);
      const next = ticket && (await sessions.renew(ticket, request.headers['idempotency-key']));
      if (!next) {
        reply.clearCookie(SESSION_COOKIE, cookie);
        throw new Problem(401, 'There is no session, or it has ended: log in again.');
      }
      return giveAccess(reply, next);
    },
  );

  app.post(
    '/logout',
    {
      onRequest: requireHeader,
      schema: {
        tags: ['auth'],
        summary: 'End the session',
        headers: Type.Object({
          'x-requested-with': Type.Literal('timetracker'),
          ...WriteHeaders.properties,
        }),
        response: { 204: Type.Null(), ...problems(400, 403, 503) },
      },
    },
    async (request, reply) => {
      const ticket = await readTicket(request);
      if (ticket) await sessions.close(ticket);
      return reply.clearCookie(SESSION_COOKIE, cookie).code(204).send(null);
    },
  );

  app.get(
    '/session',
    {
      schema: {
        tags: ['auth'],
        summary: 'Whether the cookie is one of an open session, that /refresh can go on with',
        response: { 200: Type.Object({ open: Type.Boolean() }), ...problems(503) },
      },
    },
    async (request) => {
      const ticket = await readTicket(request);
      const hash = ticket && sessionHash(ticket.id).toString('base64url');
      return { open: hash !== undefined && (await sessions.isOpen(hash)) };
    },
  );

  app.get(
    '/me',
    {
      onRequest: (request) => app.authenticate(request),
      schema: {
        tags: ['auth'],
        summary: 'Whose access token this is',
        security: [{ accessToken: [] }],
        response: { 200: User, ...problems(401, 503) },
      },
    },
    async (request) => ({ username: request.username }),
  );
};
export default auth;
