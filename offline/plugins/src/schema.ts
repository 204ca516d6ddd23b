// What a resource type accepts: the shape of its inputs, checked and completed with defaults.

import { isObject, type Properties, Unknown, type Value } from './value.ts';

interface Common {
  required?: boolean;
  /** The engine fills it in, if the program doesn't. */
  computed?: boolean;
  /** Only ever told by the engine, never set. */
  output?: boolean;
  /** A change of it replaces the resource. */
  replace?: boolean;
  /** Says what is wrong with a value. */
  valid?: (value: string | number) => string | undefined;
}

export type Property = Common &
  (
    | { kind: 'string' | 'number' | 'boolean'; default?: string | number | boolean }
    | { kind: 'list' | 'set' | 'map'; of: Property; wholly?: boolean }
    | { kind: 'object'; of: Schema }
    | { kind: 'unsupported' }
  );

export interface Schema {
  readonly [name: string]: Property;
}

export interface Failure {
  property: string;
  reason: string;
}

type Options = Common & { default?: string | number | boolean };

export const text = (options: Options = {}): Property => ({ kind: 'string', ...options });
export const number = (options: Options = {}): Property => ({ kind: 'number', ...options });
export const flag = (options: Options = {}): Property => ({ kind: 'boolean', ...options });
export const list = (of: Property, options: Common = {}): Property => ({
  kind: 'list',
  of,
  ...options,
});
/** What the engine tells of the resource, and no program can set. */
export const output = (property: Property): Property => ({
  ...property,
  output: true,
  computed: true,
});
/** `wholly`: a change inside is reported as a change of the whole set. */
export const set = (of: Property, options: Common & { wholly?: boolean } = {}): Property => ({
  kind: 'set',
  of,
  ...options,
});
export const map = (options: Common = {}): Property => ({ kind: 'map', of: text(), ...options });
export const object = (of: Schema, options: Common = {}): Property => ({
  kind: 'object',
  of,
  ...options,
});

/** Properties of the official plugin that the stand-in refuses. */
export function unsupported(names: readonly string[], options: Common = {}): Schema {
  return Object.fromEntries(names.map((name) => [name, { kind: 'unsupported', ...options }]));
}

export function oneOf(...values: string[]) {
  return (value: string | number) =>
    values.includes(String(value)) ? undefined : `must be one of ${values.join(', ')}`;
}

export function atLeast(minimum: number) {
  return (value: string | number) =>
    Number.isInteger(value) && Number(value) >= minimum
      ? undefined
      : `must be a whole number of at least ${minimum}`;
}

export function matching(pattern: RegExp, meaning: string) {
  return (value: string | number) =>
    pattern.test(String(value)) ? undefined : `must be ${meaning}`;
}

export const labels = (options: Common = {}): Property =>
  set(object({ label: text({ required: true }), value: text({ required: true }) }), options);

function wrongType(property: Property, value: Value): string | undefined {
  switch (property.kind) {
    case 'list':
    case 'set':
      return Array.isArray(value) ? undefined : 'must be a list';
    case 'map':
    case 'object':
      return isObject(value) ? undefined : 'must be an object';
    case 'string':
      return typeof value === 'object' ? 'must be a string' : undefined;
    case 'unsupported':
      return undefined;
    default:
      // Stack config gives numbers and booleans as strings; the official plugins take them so.
      if (property.kind === 'number' && typeof value === 'string' && value.trim() !== '') {
        return Number.isFinite(Number(value)) ? undefined : 'must be a number';
      }
      if (property.kind === 'boolean' && (value === 'true' || value === 'false')) return undefined;
      return typeof value === property.kind ? undefined : `must be a ${property.kind}`;
  }
}

function complete(
  property: Property,
  value: Value,
  path: string,
  type: string,
  failures: Failure[],
): Value {
  if (value instanceof Unknown) return value;
  const fail = (reason: string) => {
    failures.push({ property: path, reason });
    return value;
  };
  if (property.kind === 'unsupported') {
    return fail(`is not supported by the offline stand-in of ${type}`);
  }
  const wrong = wrongType(property, value);
  if (wrong) return fail(wrong);
  switch (property.kind) {
    case 'object':
      return completeAll(property.of, value as Properties, `${path}.`, type, failures);
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Properties).map(([key, item]) => [
          key,
          complete(property.of, item, `${path}.${key}`, type, failures),
        ]),
      );
    case 'list':
    case 'set':
      return (value as Value[]).map((item, index) =>
        complete(property.of, item, `${path}[${index}]`, type, failures),
      );
    default: {
      const typed =
        property.kind === 'number'
          ? Number(value)
          : property.kind === 'boolean'
            ? value === true || value === 'true'
            : String(value);
      const reason = property.valid?.(typeof typed === 'boolean' ? String(typed) : typed);
      return reason ? fail(reason) : typed;
    }
  }
}

function completeAll(
  schema: Schema,
  values: Properties,
  prefix: string,
  type: string,
  failures: Failure[],
): Properties {
  const result: Properties = {};
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith('__') || value === null) continue;
    const property = schema[name];
    if (property && !property.output) {
      result[name] = complete(property, value, prefix + name, type, failures);
    } else {
      failures.push({ property: prefix + name, reason: `is no input of ${type}` });
    }
  }
  for (const [name, property] of Object.entries(schema)) {
    if (result[name] !== undefined || values[name] instanceof Unknown) continue;
    // A default that is the type's zero value stays out, as in the official plugins.
    if ('default' in property && property.default) result[name] = property.default;
    else if (property.required && failures.every(({ property: at }) => at !== prefix + name)) {
      failures.push({ property: prefix + name, reason: 'is required, but was not given' });
    }
  }
  return result;
}

/** `type` names the resource type in messages, e.g. docker.Container. */
export function check(
  schema: Schema,
  inputs: Properties,
  type: string,
): { inputs: Properties; failures: Failure[] } {
  const failures: Failure[] = [];
  return { inputs: completeAll(schema, inputs, '', type, failures), failures };
}
