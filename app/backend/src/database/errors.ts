const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Of TLS: whoever answered isn't the database. */
const IMPOSTOR = /^(ERR_TLS_|CERT_|UNABLE_TO_|.*SELF_SIGNED_CERT)/;

/** Of PostgreSQL: connection failures (08), resources (53), shut-down (57P), role or login (28). */
const SQLSTATES = /^(08|28|53|57P)/;

/** node-postgres reports these by message alone. */
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|connection error and is not queryable|Client was closed|after calling end on the pool/;

/** The database was not there, or went away while it was asked: nobody saw an answer. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code !== undefined && (SYSTEM_CODES.has(code) || SQLSTATES.test(code))) return true;
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  return MESSAGES.test(error.message);
}

/** As above, or something else answered in its place, or it was too slow (57014: statement time-out) or two transactions clashed (40). */
export function isUnavailable(error: unknown): boolean {
  if (isConnectionLost(error)) return true;
  if (IMPOSTOR.test(codeOf(error) ?? '')) return true;
  const code = sqlState(error);
  return code === '57014' || code?.startsWith('40') === true || isSilent(error);
}

/** The five-character SQLSTATE of a database error. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Not even that it takes too long was heard, which a server tells before this: the way to it is gone. */
export function isSilent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
