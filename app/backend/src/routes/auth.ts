import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { issuingGeneration } from '../auth/issuing-generation.js';
import { createLogin } from '../auth/login.js';
import {
  ACCESS_TOKEN_SECONDS,
  BROWSER_SECONDS,
  SESSION_IDLE_SECONDS,
  type SessionTicket,
  sessionHash,
} from '../auth/tokens.js';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import { Access, Credentials, User } from '../schemas/auth.js';
import { problems, WriteHeaders } from '../schemas/responses.js';

const SESSION = 'timetracker_session';
const BROWSER = 'timetracker_browser';

const auth: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const login = createLogin(app.db, config);
  const { sessions } = app;
  const isSecure = (request: FastifyRequest) =>
    config.cookieSecure === 'forwarded' ? request.protocol === 'https' : config.cookieSecure;
  /** `__Host-`: no other host of the domain, and no plain http, can have set it. It wants the whole path. */
  const nameOf = (cookie: string, request: FastifyRequest) =>
    isSecure(request) ? `__Host-${cookie}` : cookie;
  const optionsFor = (request: FastifyRequest) =>
    ({
      path: isSecure(request) ? '/' : '/api/auth',
      httpOnly: true,
      sameSite: 'strict',
      secure: isSecure(request),
    }) as const;
  const read = (cookie: string, request: FastifyRequest) =>
    request.cookies[nameOf(cookie, request)];
  const set = (reply: FastifyReply, cookie: string, value: string, maxAge: number) =>
    reply.setCookie(nameOf(cookie, reply.request), value, {
      ...optionsFor(reply.request),
      maxAge,
    });
  const clear = (reply: FastifyReply, cookie: string) =>
    reply.clearCookie(nameOf(cookie, reply.request), optionsFor(reply.request));

  async function giveAccess(reply: FastifyReply, ticket: SessionTicket) {
    const generation = await issuingGeneration(app.db, config);
    set(reply, SESSION, await app.tokens.sealSession(ticket, generation), SESSION_IDLE_SECONDS);
    return {
      accessToken: await app.tokens.signAccess(config.adminUsername, ticket, generation),
      expiresIn: ACCESS_TOKEN_SECONDS,
      user: { username: config.adminUsername },
    };
  }

  async function readTicket(request: FastifyRequest): Promise<SessionTicket | undefined> {
    const sealed = read(SESSION, request);
    return sealed ? app.tokens.openSession(sealed).catch(() => undefined) : undefined;
  }

  /** The id of a browser that has logged in before. */
  async function knownBrowser(request: FastifyRequest): Promise<string | undefined> {
    const sealed = read(BROWSER, request);
    return sealed ? app.tokens.openBrowser(sealed).catch(() => undefined) : undefined;
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
      // A browser that has logged in before has a limit of its own: whoever guesses from the same address,
      // or from many, doesn't lock its owner out.
      const known = await knownBrowser(request);
      const caller = known === undefined ? request.ip : `browser ${known}`;
      await login(request.body.username, request.body.password, caller);
      const before = await readTicket(request);
      const opened = await sessions.open(request.headers['idempotency-key']);
      if (before && before.id !== opened.id) await sessions.close(before);
      const access = await giveAccess(reply, opened);
      const generation = await issuingGeneration(app.db, config);
      const browser = await app.tokens.sealBrowser(known ?? randomUUID(), generation);
      set(reply, BROWSER, browser, BROWSER_SECONDS);
      return access;
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
        clear(reply, SESSION);
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
      return clear(reply, SESSION).code(204).send(null);
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
