// A program's inputs as a refresh finds them: what the state tells differently is taken over.

import { isSame } from './diff.ts';
import type { Property, Schema } from './schema.ts';
import { isObject, type Properties, type Value } from './value.ts';

function withoutZeros(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([, item]) =>
      item !== null && item !== '' && item !== false && !(Array.isArray(item) && !item.length),
  );
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutZeros(item)]));
}

function found(property: Property, input: Value, state: Value | undefined): Value {
  const isTextSet = property.kind === 'set' && property.of.kind === 'string';
  if (isTextSet && Array.isArray(state)) return state;
  if (isSame(property, input, state)) return input;
  if (property.kind === 'object' && isObject(input) && isObject(state)) {
    return inputsFound(property.of, input, state);
  }
  return withoutZeros(state ?? null);
}

export function inputsFound(schema: Schema, inputs: Properties, state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const property = schema[name];
      return [name, property && name in state ? found(property, input, state[name]) : input];
    }),
  );
}
