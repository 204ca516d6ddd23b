// What changes between a resource's state and the program's wish, as the official plugins see it:
// Terraform's rules of planning, told in Pulumi's paths.

import type { Property, Schema } from './schema.ts';
import { hasUnknown, isObject, type Properties, Unknown, type Value } from './value.ts';

export type Kind =
  | 'ADD'
  | 'ADD_REPLACE'
  | 'DELETE'
  | 'DELETE_REPLACE'
  | 'UPDATE'
  | 'UPDATE_REPLACE';
type Change = 'ADD' | 'DELETE' | 'UPDATE';

export interface Diff {
  detailed: Record<string, Kind>;
  /** Properties whose change replaces the resource, one entry for each change. */
  replaces: string[];
  /** Properties that keep their value whatever happens, short of a replacement. */
  stables: string[];
}

/** Terraform does not tell an absent value from the zero of its type. */
function isZero(value: Value | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.values(value).every(isZero))
  );
}

/** One text for all values that Terraform takes for the same. */
function canonical(property: Property, value: Value | undefined): string {
  if (value === undefined || isZero(value)) return '';
  if (value instanceof Unknown) return '?';
  if (Array.isArray(value) && (property.kind === 'list' || property.kind === 'set')) {
    const items = value.map((item) => canonical(property.of, item));
    return JSON.stringify(property.kind === 'set' ? items.sort() : items);
  }
  if (isObject(value) && (property.kind === 'object' || property.kind === 'map')) {
    const kindOf = (name: string) => (property.kind === 'object' ? property.of[name] : property.of);
    const entries = Object.entries(value).map(([name, item]): [string, string] => {
      const inner = kindOf(name);
      return [name, inner ? canonical(inner, item) : ''];
    });
    return JSON.stringify(entries.filter(([, item]) => item !== '').sort());
  }
  return String(value);
}

/** The program's wish, with what the engine filled in where the program says nothing. */
function propose(property: Property, old: Value | undefined, wish: Value | undefined): Value {
  if (wish === undefined || wish === null) return property.computed ? (old ?? null) : null;
  if (property.kind !== 'object' || !isObject(wish)) return wish;
  const before = isObject(old) ? old : {};
  return Object.fromEntries(
    Object.entries(property.of).map(([name, inner]) => [
      name,
      propose(inner, before[name], wish[name]),
    ]),
  );
}

function replacesInside(property: Property, value: Value): boolean {
  if (property.replace) return true;
  if (Array.isArray(value) && (property.kind === 'list' || property.kind === 'set')) {
    return value.some((item) => replacesInside(property.of, item));
  }
  if (!isObject(value) || property.kind !== 'object') return false;
  return Object.entries(property.of).some(([name, inner]) => {
    const item = value[name];
    return item !== undefined && item !== null && replacesInside(inner, item);
  });
}

function child(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}["${name}"]`;
}

class Comparison {
  readonly detailed: Record<string, Kind> = {};

  private report(path: string, change: Change, replace: boolean): void {
    this.detailed[path] = replace ? `${change}_REPLACE` : change;
  }

  /** `inCollection`: the collection around this value, if it replaces the resource as a whole. */
  compare(
    path: string,
    property: Property,
    old: Value | undefined,
    wish: Value | undefined,
    inReplacingCollection = false,
  ): void {
    const before = old ?? null;
    const absent = wish === undefined || wish === null;
    const replace = (value: Value) => inReplacingCollection || replacesInside(property, value);
    if (absent && property.computed) {
      const isCollection = ['list', 'set', 'map'].includes(property.kind);
      // A collection that the engine never told becomes known with any change.
      if (before === null && isCollection) this.report(path, 'ADD', replace(null));
      return;
    }
    if (wish instanceof Unknown) {
      this.report(path, before === null ? 'ADD' : 'UPDATE', replace(wish));
      return;
    }
    const after = propose(property, before, wish);
    if (canonical(property, before) === canonical(property, after) && !hasUnknown(after)) return;
    const isEmpty =
      before === null ||
      (property.kind !== 'object' && isZero(before) && typeof before === 'object');
    if (isEmpty) this.report(path, 'ADD', replace(after));
    else if (after === null) this.report(path, 'DELETE', replace(before));
    else this.compareInside(path, property, before, after, inReplacingCollection);
  }

  private compareInside(
    path: string,
    property: Property,
    before: Value,
    after: Value,
    inReplacingCollection: boolean,
  ): void {
    const inner = property.replace === true;
    if (property.kind === 'object' && isObject(before) && isObject(after)) {
      for (const [name, item] of Object.entries(property.of)) {
        this.compare(child(path, name), item, before[name], after[name]);
      }
    } else if (property.kind === 'map' && isObject(before) && isObject(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        this.compare(child(path, key), property.of, before[key], after[key], inner);
      }
    } else if (property.kind === 'list' && Array.isArray(before) && Array.isArray(after)) {
      for (let index = 0; index < Math.max(before.length, after.length); index++) {
        this.compare(`${path}[${index}]`, property.of, before[index], after[index], inner);
      }
    } else if (property.kind === 'set' && Array.isArray(before) && Array.isArray(after)) {
      if (property.wholly) this.report(path, 'UPDATE', replacesInside(property, after));
      else this.compareSets(path, property.of, before, after, inner);
    } else {
      this.report(path, 'UPDATE', inReplacingCollection || property.replace === true);
    }
  }

  /** Elements have no identity but their value: what left keeps its old index, what came its new. */
  private compareSets(
    path: string,
    property: Property,
    before: Value[],
    after: Value[],
    replace: boolean,
  ): void {
    const had = new Set(before.map((item) => canonical(property, item)));
    const has = new Set(after.map((item) => canonical(property, item)));
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      const old = before[index];
      const wish = after[index];
      const left = old !== undefined && !has.has(canonical(property, old));
      const came = wish !== undefined && !had.has(canonical(property, wish));
      if (left || came) {
        this.compare(
          `${path}[${index}]`,
          property,
          left ? old : null,
          came ? wish : undefined,
          replace,
        );
      }
    }
  }
}

export function diff(schema: Schema, state: Properties, inputs: Properties): Diff {
  const comparison = new Comparison();
  for (const [name, property] of Object.entries(schema)) {
    if (property.kind !== 'unsupported') {
      comparison.compare(name, property, state[name], inputs[name]);
    }
  }
  const { detailed } = comparison;
  const replaces = Object.keys(detailed)
    .filter((path) => detailed[path]?.endsWith('_REPLACE'))
    .map(root)
    .sort();
  const stables = Object.keys(schema)
    .filter((name) => schema[name]?.replace && !replaces.includes(name))
    .sort();
  return { detailed, replaces, stables };
}

export function isSame(property: Property, a: Value | undefined, b: Value | undefined): boolean {
  return canonical(property, a) === canonical(property, b);
}

/** The state that an update should lead to. */
export function plan(schema: Schema, state: Properties, inputs: Properties): Properties {
  const known = Object.entries(schema).filter(([, property]) => property.kind !== 'unsupported');
  const planned = known.map(([name, property]) => [
    name,
    propose(property, state[name], inputs[name]),
  ]);
  return { ...state, ...Object.fromEntries(planned) };
}

/** The property that a path starts with. */
export function root(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}
