import { Type } from 'typebox';

const MEANING: Record<number, string> = {
  400: 'The request is not valid',
  401: 'No valid access token or session',
  403: 'A needed header is missing',
  404: 'There is no such thing',
  408: 'The body stopped coming',
  409: 'It clashes with what is there',
  412: 'It was changed meanwhile: `current` is what is there now',
  413: 'The body is too large',
  414: 'The address is longer than 8 kB',
  415: 'The body has another media type',
  422: 'The request is well-formed, but can’t be done',
  429: 'Too many tries; see Retry-After',
  503: 'Not available at the moment; see Retry-After',
};

/** The response schemas of these error statuses: problem documents. */
export function problems(...statuses: number[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: MEANING[status] ?? 'Error',
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}

/** Changes only the version that the caller has seen: the `version`, or ETag, of what it read. */
export const ChangeHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 8, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' }),
  ),
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1000,
      description: 'The ETag of the version to change; of another one, the answer is 412',
    }),
  ),
});

/** The same key with the same request makes a write happen once, however often it is sent. */
export const WriteHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 8, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' }),
  ),
});
