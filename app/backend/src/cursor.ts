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

/** Of a list by name, and by id where a name comes more than once. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const isNamed = ([, id = LAST_ID, ...more]: string[]) =>
  more.length === 0 && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** The name and id that a page comes after. */
export function afterName(cursor: string | undefined): [string, string] {
  const [name = '', id = LAST_ID] = cursor ? decodeCursor(cursor, isNamed) : ['', LAST_ID];
  return [name, id];
}

/** The page of rows that were asked for one more than its limit, each with its name as the key. */
export function namedPage<T extends { id: string; key: string }>(rows: T[], limit: number) {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    page: rows.slice(0, limit),
    nextCursor: last ? encodeCursor([last.key, last.id]) : null,
  };
}
