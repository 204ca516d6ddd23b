import { Problem } from './problem.js';

/** A cursor is the sort key of a page's last row, opaque to the caller. */
export const encodeCursor = (key: string[]) =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

/** Throws a problem if it is not one of ours. */
export function decodeCursor(cursor: string, valid: (key: string[]) => boolean): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.every((part) => typeof part === 'string') && valid(key)) {
      return key;
    }
  } catch {
    // Not JSON: not one of ours.
  }
  throw new Problem(400, 'querystring/cursor is not the nextCursor of a page.');
}
