// The API's operations by path and method; what each takes and gives is what openapi.json says.
import type { components, paths } from './openapi.ts';

type Methods = { GET: 'get'; POST: 'post'; PUT: 'put'; PATCH: 'patch'; DELETE: 'delete' };
type AnyMethod = keyof Methods;
export type Path = keyof paths;
export type Method<P extends Path> = {
  [M in AnyMethod]: paths[P][Methods[M]] extends { responses: unknown } ? M : never;
}[AnyMethod];
export type Operation<M extends AnyMethod, P extends Path> = paths[P][Methods[M]];

type Json<R> = R extends { content: { 'application/json': infer T } } ? T : undefined;

/** What an operation answers with. */
export type Answer<M extends AnyMethod, P extends Path> =
  Operation<M, P> extends { responses: { 200: infer R } }
    ? Json<R>
    : Operation<M, P> extends { responses: { 201: infer R } }
      ? Json<R>
      : Operation<M, P> extends { responses: { 202: infer R } }
        ? Json<R>
        : undefined;

/** What an operation takes; of multipart, the parts by name. */
export type Body<M extends AnyMethod, P extends Path> =
  Operation<M, P> extends { requestBody: { content: infer C } } ? C[keyof C] : never;

/** What the API says of an error; who stands in front of it may say less. */
export type Problem = Pick<components['schemas']['Problem'], 'title' | 'status'> &
  Partial<components['schemas']['Problem']>;
