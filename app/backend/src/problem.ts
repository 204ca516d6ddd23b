import { STATUS_CODES } from 'node:http';

export interface ProblemDetails {
  /** What is wrong with which part of the request. */
  errors?: { path: string; message: string }[];
  /** Seconds, for the Retry-After header. */
  retryAfter?: number;
  /** Of what was changed meanwhile: as it is now, and what was to be written. */
  current?: unknown;
  yours?: unknown;
  /** Of a file that can't be read as it is told to be: its columns, and where it is kept. */
  columns?: string[];
  importId?: string;
}

/** An error that a caller can act on; answered as a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly statusCode: number,
    readonly detail: string,
    readonly details: ProblemDetails = {},
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

/** The document's fields. `instance` names the request as the log does. */
export function problemDocument(problem: Problem, requestId: string) {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.statusCode] ?? 'Error',
    status: problem.statusCode,
    detail: problem.detail,
    instance: `urn:uuid:${requestId}`,
    ...(problem.details.errors && { errors: problem.details.errors }),
    ...(problem.details.columns && { columns: problem.details.columns }),
    ...(problem.details.importId && { importId: problem.details.importId }),
    ...('current' in problem.details && {
      current: problem.details.current,
      yours: problem.details.yours,
    }),
  };
}
