// Small conversions that several resource types of the docker plugin share.

import type { Properties, Value } from '../value.ts';
import { isObject } from '../value.ts';

export const strings = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : [];

export const objects = (value: Value | undefined): Properties[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

export const inside = (value: Value | undefined): Properties => (isObject(value) ? value : {});

export function stringMap(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inside(value)).map(([key, item]) => [key, String(item)]),
  );
}

export function labelsToEngine(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(
    objects(value).map(({ label, value: content }) => [String(label), String(content)]),
  );
}

export function labelsFromEngine(labels: Record<string, string> | undefined): Properties[] {
  return Object.entries(labels ?? {})
    .map(([label, value]) => ({ label, value }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** For sets, which have an order of their own: by what `keyOf` tells of their elements. */
export function inOrder<Item>(items: Item[], keyOf: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Networks in the order of the official plugins: by aliases, those without any last. */
export const networkOrder = (aliases: string[], name: string): string =>
  JSON.stringify([aliases, name]);
