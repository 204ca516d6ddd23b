import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** A version of what can be changed: of its content, so that the same content is the same version. */
export const versionOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22);

export const etag = (version: string) => `"${version}"`;

/**
 * Throws a problem, 412, with both versions, if the request is for another version than the one
 * that is there. A proxy that compresses makes a tag weak, and means the same by it.
 */
export function requireVersion(
  request: Pick<FastifyRequest, 'headers' | 'body'>,
  current: { version: string; shown: unknown },
): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  const versions = wanted.split(',').map((tag) => /^\s*(?:W\/)?"(.*)"\s*$/.exec(tag)?.[1]);
  if (versions.includes(current.version)) return;
  throw new Problem(412, 'It was changed meanwhile: this is for another version of it.', {
    current: current.shown,
    yours: request.body ?? null,
  });
}
