// The random plugin's resource types. Each makes its value once and keeps it in the state.

import { randomBytes, randomInt } from 'node:crypto';
import bcrypt from 'bcryptjs';
import type { Diff } from '../diff.ts';
import type { Resource } from '../plugin.ts';
import { atLeast, flag, map, number, output, type Schema, text } from '../schema.ts';
import type { Properties, Value } from '../value.ts';

type Made = { id: string; outputs: Properties };

const keepers = map({ replace: true });

function same(a: Value | undefined, b: Value | undefined): boolean {
  const sorted = (value: Value | undefined) =>
    JSON.stringify(value ?? null, (_, item: Value) =>
      item && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort())
        : item,
    );
  return sorted(a) === sorted(b);
}

function resource(
  type: string,
  inputs: Schema,
  outputs: string[],
  secrets: string[],
  make: (inputs: Properties) => Made | Promise<Made>,
): Resource {
  return {
    type: `random.${type}`,
    schema: {
      keepers,
      ...inputs,
      ...Object.fromEntries(outputs.map((name) => [name, output(text())])),
    },
    secrets,
    diff(state, wish): Diff & { plain: boolean } {
      const changed = Object.keys({ ...inputs, keepers })
        .filter((name) => wish[name] !== undefined || name === 'keepers')
        .filter((name) => !same(state[name], wish[name]));
      const detailed = Object.fromEntries(changed.map((name) => [name, 'UPDATE_REPLACE' as const]));
      return { detailed, replaces: changed.sort(), stables: [], plain: true };
    },
    async create(wish) {
      const made = await make(wish);
      return { id: made.id, state: { ...wish, ...made.outputs } };
    },
    read: async (_, state) => state,
    update: async (_, state) => state,
    delete: async () => {},
  };
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const SPECIAL = '!@#$%&*()-_=+[]{}<>:?';

function pick(from: string, count: number): string[] {
  return Array.from({ length: count }, () => from.charAt(randomInt(from.length)));
}

function shuffled(items: string[]): string {
  for (let last = items.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [items[other] as string, items[last] as string];
  }
  return items.join('');
}

async function makePassword(inputs: Properties): Promise<Made> {
  const wants = (name: string) => inputs[name] !== false;
  const least = (name: string) => Number(inputs[name] ?? 0);
  const isNumeric = wants('numeric') && wants('number');
  const special = String(inputs.overrideSpecial ?? SPECIAL);
  const all =
    (wants('lower') ? LOWER : '') +
    (wants('upper') ? LOWER.toUpperCase() : '') +
    (isNumeric ? DIGITS : '') +
    (wants('special') ? special : '');
  const sure = [
    ...pick(LOWER, least('minLower')),
    ...pick(LOWER.toUpperCase(), least('minUpper')),
    ...pick(DIGITS, least('minNumeric')),
    ...pick(special, least('minSpecial')),
  ];
  const length = Number(inputs.length);
  if (sure.length > length) throw new Error(`length ${length} is less than the minimums in sum`);
  if (all === '') throw new Error('no kind of character is allowed');
  const result = shuffled([...sure, ...pick(all, length - sure.length)]);
  return {
    id: 'none',
    outputs: {
      id: 'none',
      result,
      // bcrypt reads no more than 72 bytes.
      bcryptHash: await bcrypt.hash(result.slice(0, 72), 10),
      lower: wants('lower'),
      upper: wants('upper'),
      number: isNumeric,
      numeric: isNumeric,
      special: wants('special'),
      minLower: least('minLower'),
      minUpper: least('minUpper'),
      minNumeric: least('minNumeric'),
      minSpecial: least('minSpecial'),
    },
  };
}

const length = number({ required: true, replace: true, valid: atLeast(1) });
const bound = number({ replace: true, valid: atLeast(0) });

export const resources: Record<string, Resource> = {
  'random:index/randomBytes:RandomBytes': resource(
    'RandomBytes',
    { length },
    ['base64', 'hex'],
    ['base64', 'hex'],
    (inputs) => {
      const bytes = randomBytes(Number(inputs.length));
      const base64 = bytes.toString('base64');
      return { id: base64, outputs: { base64, hex: bytes.toString('hex') } };
    },
  ),
  'random:index/randomId:RandomId': resource(
    'RandomId',
    { byteLength: length, prefix: text({ replace: true }) },
    ['b64Std', 'b64Url', 'dec', 'hex'],
    [],
    (inputs) => {
      const bytes = randomBytes(Number(inputs.byteLength));
      const hex = bytes.toString('hex');
      const prefix = String(inputs.prefix ?? '');
      const id = bytes.toString('base64url');
      return {
        id,
        outputs: {
          id,
          b64Std: prefix + bytes.toString('base64'),
          b64Url: prefix + id,
          dec: prefix + BigInt(`0x${hex}`),
          hex: prefix + hex,
        },
      };
    },
  ),
  'random:index/randomPassword:RandomPassword': resource(
    'RandomPassword',
    {
      length,
      lower: flag(),
      upper: flag(),
      number: flag(),
      numeric: flag(),
      special: flag(),
      overrideSpecial: text(),
      minLower: bound,
      minUpper: bound,
      minNumeric: bound,
      minSpecial: bound,
    },
    ['result', 'bcryptHash'],
    ['result', 'bcryptHash'],
    makePassword,
  ),
};
