// Property values as Pulumi sends them, and their form on the wire.

import type { JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';

/** A value that only the update will know; it occurs in previews. */
export class Unknown {}
export const UNKNOWN = new Unknown();

export class Secret {
  constructor(readonly value: Value) {}
}

export type Value = null | boolean | number | string | Unknown | Secret | Value[] | Properties;
export interface Properties {
  [name: string]: Value;
}

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';
const UNKNOWN_ON_WIRE = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export function isObject(value: Value | undefined): value is Properties {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof Secret)
  );
}

function fromWire(wire: JavaScriptValue): Value {
  if (wire === UNKNOWN_ON_WIRE) return UNKNOWN;
  if (typeof wire !== 'object' || wire === null) return wire;
  if (Array.isArray(wire)) return wire.map(fromWire);
  const fields = wire as Record<string, JavaScriptValue>;
  const signature = fields[SIGNATURE];
  if (signature === SECRET) return new Secret(fromWire(fields.value ?? null));
  if (signature === ASSET || signature === ARCHIVE) {
    throw new Error('assets and archives are not supported by this stand-in of the plugin');
  }
  return Object.fromEntries(Object.entries(fields).map(([name, item]) => [name, fromWire(item)]));
}

function toWire(value: Value): JavaScriptValue {
  if (value instanceof Unknown) return UNKNOWN_ON_WIRE;
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: toWire(value.value) };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toWire);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toWire(item)]));
}

export function decode(message: struct.Struct | undefined): Properties {
  const value = fromWire(message?.toJavaScript() ?? {});
  return isObject(value) ? value : {};
}

export function encode(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(toWire(properties) as Record<string, JavaScriptValue>);
}

/** The value without its secret marks. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  return isObject(value) ? revealAll(value) : value;
}

export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, item]) => [name, reveal(item)]));
}

function some(value: Value, test: (item: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isObject(value) && Object.values(value).some((item) => some(item, test));
}

export function hasUnknown(value: Value): boolean {
  return some(value, (item) => item instanceof Unknown);
}

function hasSecret(value: Value): boolean {
  return some(value, (item) => item instanceof Secret);
}

/**
 * Marks as secret in `value` what is secret in `like`. Lists are marked whole, since the engine may
 * give their elements back in another order.
 */
export function markSecrets(value: Value, like: Value | undefined): Value {
  if (like === undefined || value === null || value instanceof Secret || !hasSecret(like)) {
    return value;
  }
  return isObject(value) && isObject(like) ? markAll(value, like) : new Secret(value);
}

export function markAll(properties: Properties, like: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, item]) => [name, markSecrets(item, like[name])]),
  );
}

/** Every string inside a secret of `value`. */
export function secretStrings(value: Value, inSecret = false): string[] {
  if (value instanceof Secret) return secretStrings(value.value, true);
  if (typeof value === 'string') return inSecret ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(item, inSecret));
  return isObject(value)
    ? Object.values(value).flatMap((item) => secretStrings(item, inSecret))
    : [];
}
