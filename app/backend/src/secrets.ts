import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SecretSource {
  /** Where Docker mounts secrets. Default /run/secrets. */
  directory?: string;
  environment?: NodeJS.ProcessEnv;
}

/**
 * A secret's value: the file `<directory>/<name>`, else the environment variable of that name in
 * upper case. One trailing newline is trimmed. Undefined where neither is there, or it is empty.
 */
export function loadOptionalSecret(name: string, source: SecretSource = {}): string | undefined {
  const { path, variable } = places(name, source);
  const value = readIfThere(path) ?? (source.environment ?? process.env)[variable];
  return value?.replace(/\r?\n$/, '') || undefined;
}

/** The same for a secret that must be there. Throws, naming both places, where it is not. */
export function loadSecret(name: string, source: SecretSource = {}): string {
  const value = loadOptionalSecret(name, source);
  if (value !== undefined) return value;
  const { path, variable } = places(name, source);
  throw new Error(
    `secret ${name} is missing: neither the file ${path} nor the environment variable ${variable} holds a value`,
  );
}

/** A signing key must have at least 32 characters. */
export function checkKeyLength(name: string, key: string): string {
  if (key.length >= 32) return key;
  throw new Error(`secret ${name} is too short for a key: ${key.length} characters, at least 32`);
}

function places(name: string, source: SecretSource): { path: string; variable: string } {
  return { path: join(source.directory ?? '/run/secrets', name), variable: name.toUpperCase() };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`secret file ${path} can't be read: ${(error as Error).message}`);
  }
}
