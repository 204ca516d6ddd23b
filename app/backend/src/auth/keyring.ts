import type { ByGeneration } from '../config.js';

/** The keys of one purpose. A key id (`kid`) is the number of its generation. */
export interface Keyring {
  /** This generation's, or that of the one before. Throws for any other. */
  key(kid: string | undefined): Uint8Array;
}

export function createKeyring(generation: number, keys: ByGeneration<Uint8Array>): Keyring {
  const byKid = new Map([[String(generation), keys.current]]);
  if (keys.previous) byKid.set(String(generation - 1), keys.previous);
  return {
    key(kid) {
      const key = kid === undefined ? undefined : byKid.get(kid);
      if (!key) throw new Error(`no key of generation ${kid}`);
      return key;
    },
  };
}
