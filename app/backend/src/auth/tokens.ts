import { createHash } from 'node:crypto';
import { EncryptJWT, jwtDecrypt, jwtVerify, SignJWT } from 'jose';
import type { Config } from '../config.js';
import { createKeyring } from './keyring.js';

/** Seconds an access token is valid. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** Seconds after which a session that was not renewed ends, and after which any session ends. */
export const SESSION_IDLE_SECONDS = 7 * 24 * 3600;
export const SESSION_SECONDS = 30 * 24 * 3600;
/** Seconds for which a browser that has logged in is known. */
export const BROWSER_SECONDS = 180 * 24 * 3600;

const ISSUER = 'timetracker';
/** Sealed with the same keys as a session's ticket, and never taken for one. */
const BROWSER = 'browser';

/** What the session cookie holds. */
export interface SessionTicket {
  id: string;
  turn: number;
}

export interface Tokens {
  signAccess(username: string, session: SessionTicket, generation: number): Promise<string>;
  /** Throws if the token is forged, expired, or older than the generation before. */
  verifyAccess(token: string): Promise<{ username: string; session: string | undefined }>;
  sealSession(ticket: SessionTicket, generation: number): Promise<string>;
  openSession(sealed: string): Promise<SessionTicket>;
  /** For a browser that has logged in, by an id of its own. */
  sealBrowser(id: string, generation: number): Promise<string>;
  openBrowser(sealed: string): Promise<string>;
}

/** What a session is known by outside of its cookie: in the database, and in access tokens. */
export const sessionHash = (id: string) => createHash('sha256').update(id).digest();

/** Access tokens are signed (HS512); session cookies are encrypted (AES-256-GCM). */
export function createTokens(config: Config): Tokens {
  const encode = (text: string) => new TextEncoder().encode(text);
  const { current, previous } = config.jwtSecret;
  const signing = createKeyring(config.generation, {
    current: encode(current),
    ...(previous && { previous: encode(previous) }),
  });
  const encryption = createKeyring(config.generation, config.sessionSecret);

  return {
    signAccess: (username, { id }, generation) =>
      new SignJWT({ sid: sessionHash(id).toString('base64url') })
        .setProtectedHeader({ alg: 'HS512', kid: String(generation) })
        .setIssuer(ISSUER)
        .setSubject(username)
        .setIssuedAt()
        .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
        .sign(signing.key(String(generation))),

    async verifyAccess(token) {
      const { payload } = await jwtVerify(token, ({ kid }) => signing.key(kid), {
        algorithms: ['HS512'],
        issuer: ISSUER,
        requiredClaims: ['exp', 'sub'],
      });
      const session = typeof payload.sid === 'string' ? payload.sid : undefined;
      return { username: payload.sub ?? '', session };
    },

    sealSession: (ticket, generation) =>
      new EncryptJWT({ turn: ticket.turn })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: String(generation) })
        .setIssuer(ISSUER)
        .setSubject(ticket.id)
        .setExpirationTime(`${SESSION_IDLE_SECONDS}s`)
        .encrypt(encryption.key(String(generation))),

    async openSession(sealed) {
      const { payload } = await jwtDecrypt(sealed, ({ kid }) => encryption.key(kid), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        issuer: ISSUER,
        requiredClaims: ['exp', 'sub', 'turn'],
      });
      return { id: payload.sub ?? '', turn: Number(payload.turn) };
    },

    sealBrowser: (id, generation) =>
      new EncryptJWT()
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: String(generation) })
        .setIssuer(ISSUER)
        .setAudience(BROWSER)
        .setSubject(id)
        .setExpirationTime(`${BROWSER_SECONDS}s`)
        .encrypt(encryption.key(String(generation))),

    async openBrowser(sealed) {
      const { payload } = await jwtDecrypt(sealed, ({ kid }) => encryption.key(kid), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        issuer: ISSUER,
        audience: BROWSER,
        requiredClaims: ['exp', 'sub'],
      });
      return payload.sub ?? '';
    },
  };
}
