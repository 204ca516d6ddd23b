// The client, whose calls are checked against the API's operations.
import type { Client, RequestOptions } from './client.ts';
import type { Answer, Body, Method, Operation, Path } from './operations.ts';

type Nothing = Record<never, never>;
/** What may be left out may be undefined, too. */
type Loose<T> = { [K in keyof T]: Nothing extends Pick<T, K> ? T[K] | undefined : T[K] };

type QueryOption<O> = O extends { parameters: { query: infer Q } }
  ? { query: Loose<Q> }
  : O extends { parameters: { query?: infer Q } }
    ? { query?: Loose<Q> }
    : never;
type ParamsOption<O> = O extends { parameters: { path: infer T } } ? { params: T } : unknown;
type BodyOption<M extends Method<P>, P extends Path> =
  Operation<M, P> extends { requestBody: { content: infer C } }
    ? { body: C extends { 'multipart/form-data': unknown } ? FormData : Body<M, P> }
    : unknown;

type Options<M extends Method<P>, P extends Path> = Pick<
  RequestOptions,
  'signal' | 'keepalive' | 'timeout' | 'version'
> &
  QueryOption<Operation<M, P>> &
  ParamsOption<Operation<M, P>> &
  BodyOption<M, P>;
/** The options, which may be left out if nothing in them is needed. */
type Rest<M extends Method<P>, P extends Path> =
  Nothing extends Options<M, P> ? [options?: Options<M, P>] : [options: Options<M, P>];

type AnyOptions = RequestOptions & { params?: Record<string, string> };

/** A path with its parameters filled in. */
export const fill = (path: string, params: Record<string, string> = {}): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

export function typed({ request, raw, ...others }: Client) {
  return {
    ...others,
    request<P extends Path, M extends Method<P>>(method: M, path: P, ...rest: Rest<M, P>) {
      const { params, ...options }: AnyOptions = rest[0] ?? {};
      return request<Answer<M, P>>(method, fill(path, params), options);
    },
    raw<P extends Path, M extends Method<P>>(method: M, path: P, ...rest: Rest<M, P>) {
      const { params, ...options }: AnyOptions = rest[0] ?? {};
      return raw(method, fill(path, params), options);
    },
  };
}
