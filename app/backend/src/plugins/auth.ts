import cookie from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { createSessions, type Sessions } from '../auth/sessions.js';
import { createTokens, type Tokens } from '../auth/tokens.js';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';

declare module 'fastify' {
  interface FastifyInstance {
    tokens: Tokens;
    sessions: Sessions;
    /** A hook for routes that need an access token. */
    authenticate(request: FastifyRequest): Promise<void>;
  }
  interface FastifyRequest {
    username: string;
  }
}

export default plugin<{ config: Config }>(async (app, { config }) => {
  const tokens = createTokens(config);
  await app.register(cookie);
  const sessions = createSessions(app.db, config);
  app.decorate('tokens', tokens);
  app.decorate('sessions', sessions);
  app.decorateRequest('username', '');
  app.decorate('authenticate', async (request: FastifyRequest) => {
    const [, token] = /^Bearer ([\w.-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!token) throw new Problem(401, 'This needs an access token: log in first.');
    const refused = new Problem(401, 'The access token is not valid, or no longer: refresh it.');
    const access = await tokens.verifyAccess(token).catch(() => {
      throw refused;
    });
    // One of the release before names no session: it is good until it expires.
    if (access.session && !(await sessions.isOpen(access.session))) throw refused;
    request.username = access.username;
  });
});
