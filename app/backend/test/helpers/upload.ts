import type { Static } from 'typebox';
import type { ImportResult } from '../../src/schemas/imports.js';
import type { Tracker } from './tracker.js';

export type ImportAnswer = Static<typeof ImportResult>;

export interface Form {
  format?: string;
  timezone?: string;
  mapping?: Record<string, string>;
  importId?: string;
  dateOrder?: string;
  encoding?: string;
  decimalSign?: string;
  acceptGood?: boolean;
  differing?: string;
}

/** The multipart body of an import, as a browser makes it: the file last. */
export async function multipart(form: Form, content: string | Uint8Array, name = 'hours.csv') {
  const body = new FormData();
  for (const [name, value] of Object.entries(form)) {
    body.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  body.set(
    'file',
    new Blob([content as string | Uint8Array<ArrayBuffer>], { type: 'text/csv' }),
    name,
  );
  const response = new Response(body);
  return {
    payload: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') ?? '' },
  };
}

export async function upload<T = ImportAnswer>(
  tracker: Tracker,
  path: '/api/imports' | '/api/imports/preview',
  form: Form,
  content: string | Uint8Array,
  more: Record<string, string> = {},
) {
  const { payload, headers } = await multipart(form, content);
  return tracker.call<T>('POST', path, payload, { ...headers, ...more });
}
