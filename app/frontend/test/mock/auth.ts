// The session part of the API, as the backend does it: a cookie, short tokens, five tries.
import type { Handler } from './http.ts';
import { problem } from './http.ts';

export const credentials = { username: 'admin', password: 'timetracker-dev' };

export interface AuthState {
  tokens: Set<string>;
  sessions: Set<string>;
  failures: number;
  refreshes: number;
}

export const newAuth = (): AuthState => ({
  tokens: new Set(),
  sessions: new Set(),
  failures: 0,
  refreshes: 0,
});

export const authRoutes = (state: AuthState): Record<string, Handler> => {
  let count = 0;
  const open = () => {
    const id = `s${++count}-${Math.random().toString(36).slice(2)}`;
    state.sessions.add(id);
    state.tokens.add(id);
    return {
      status: 200,
      headers: { 'set-cookie': `session=${id}; HttpOnly; SameSite=Strict; Path=/api/auth` },
      body: { accessToken: id, expiresIn: 900, user: { username: credentials.username } },
    };
  };
  const sessionOf = (cookie = '') => /session=([^;]+)/.exec(cookie)?.[1] ?? '';

  return {
    'POST /api/auth/login': ({ body }) => {
      const given = body as typeof credentials;
      if (state.failures >= 5) return problem(429, 'Too many tries', { 'retry-after': '840' });
      if (given.username !== credentials.username || given.password !== credentials.password) {
        state.failures++;
        return problem(401, 'Wrong username or password');
      }
      return open();
    },
    'POST /api/auth/refresh': ({ headers }) => {
      state.refreshes++;
      if (headers['x-requested-with'] !== 'timetracker') return problem(403, 'Forbidden');
      const old = sessionOf(headers.cookie);
      if (!state.sessions.delete(old)) return problem(401, 'No session');
      return open();
    },
    'POST /api/auth/logout': ({ headers }) => {
      state.sessions.delete(sessionOf(headers.cookie));
      return { status: 204, headers: { 'set-cookie': 'session=; Path=/api/auth; Max-Age=0' } };
    },
  };
};
