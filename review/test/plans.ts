// Plans of a test's own.
import type { ConfigFacts, Facts } from '../facts';
import type { Kind, Operation, Plan, Resource } from '../plan';

export function resource(
  kind: Kind,
  name: string,
  operation: Operation,
  more: Partial<Resource> = {},
): Resource {
  return {
    name,
    kind,
    operation,
    changes: [],
    causes: [],
    isProtected: false,
    isKept: false,
    uses: [],
    ...more,
  };
}

export function plan(resources: readonly Resource[], more: Partial<Plan> = {}): Plan {
  return { resources, config: {}, errors: [], warnings: [], ...more };
}

export const noFacts: Facts = {
  migrations: [],
  editedMigrations: [],
  dockerfiles: [],
  baseImages: [],
  filesOf: {},
};

export const noConfigFacts: ConfigFacts = {
  changes: [],
  secrets: [],
  waivers: [],
  lacksAdminPassword: false,
};
