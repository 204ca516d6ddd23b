// A plan as data: what `pulumi preview --json` says, by names that people know, and without values
// that nobody may see. Pure.

/** What happens to a resource. */
export type Operation = 'same' | 'create' | 'update' | 'replace' | 'delete' | 'other';

export type Kind =
  | 'container'
  | 'service'
  | 'image'
  | 'base image'
  | 'network'
  | 'volume'
  | 'secret'
  | 'release record'
  | 'generated value'
  | 'provider'
  | 'resource';

export interface Change {
  /** As the provider calls it, with list entries by their own name: `envs.LOG_LEVEL`. */
  readonly path: string;
  /** Undefined: it wasn't there. Secrets and what isn't known yet are said as such. */
  readonly before?: string;
  readonly after?: string;
}

export interface Source {
  /** From the project's root. */
  readonly file: string;
  readonly line: number;
}

export interface Resource {
  /** The program's, without what every name of the stack begins with: `db-data`. */
  readonly name: string;
  readonly kind: Kind;
  readonly operation: Operation;
  readonly changes: readonly Change[];
  /** The properties that make it be replaced. */
  readonly causes: readonly string[];
  /** No plan may remove it. */
  readonly isProtected: boolean;
  /** When it goes out of the program, it stays on the engine. */
  readonly isKept: boolean;
  /** Names of the networks and volumes that a workload uses. */
  readonly uses: readonly string[];
  readonly source?: Source;
}

export interface Plan {
  readonly resources: readonly Resource[];
  /** The stack's config as the plan saw it; secrets masked. */
  readonly config: Readonly<Record<string, string>>;
  /** What Pulumi and the program said. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What stands for a value that only the act will know, on Pulumi's wire. */
const unknownOnWire = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
export const notKnownYet = '(known when it is done)';
export const hidden = '(secret)';
/** As Pulumi masks them in a plan. */
const masked = '[secret]';

const kinds: Readonly<Record<string, Kind>> = {
  'docker:index/container:Container': 'container',
  'docker:index/service:Service': 'service',
  'docker:index/image:Image': 'image',
  'docker:index/remoteImage:RemoteImage': 'base image',
  'docker:index/network:Network': 'network',
  'docker:index/volume:Volume': 'volume',
  'docker:index/secret:Secret': 'secret',
  'docker:index/serviceConfig:ServiceConfig': 'release record',
};

type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };

interface RawState {
  readonly id?: string;
  readonly type?: string;
  readonly custom?: boolean;
  readonly inputs?: { readonly [key: string]: Json };
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly stackTrace?: readonly { readonly sourcePosition?: string }[];
}

interface RawStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: RawState;
  readonly newState?: RawState;
  readonly replaceReasons?: readonly string[] | null;
  readonly diffReasons?: readonly string[] | null;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

interface RawPlan {
  readonly config?: Readonly<Record<string, string>>;
  readonly steps?: readonly RawStep[];
  readonly diagnostics?:
    | readonly { readonly message?: string; readonly severity?: string }[]
    | null;
}

/** A resource as a state has it. */
export interface StateResource extends RawState {
  readonly urn: string;
}

/**
 * Reads what `pulumi preview --json --show-sames` printed.
 *
 * @param prefix what the names of the stack's resources begin with, such as timetracker-prod
 * @param state what the stack has before: Pulumi hides what it deletes because of what that depends on
 */
export function readPlan(text: string, prefix: string, state: readonly StateResource[] = []): Plan {
  const raw = JSON.parse(text) as RawPlan;
  // One that was looked at on the server is not planned yet.
  const planned = (raw.steps ?? []).filter(({ op }) => op !== 'refresh');
  const named = new Set(planned.map(({ urn }) => urn));
  // A plan that was broken off does not name all that stays; what is deleted comes last.
  const isWhole = (raw.diagnostics ?? []).every(
    ({ severity, message = '' }) => severity !== 'error' || deletionRefused.test(message),
  );
  const unnamed: RawStep[] = state
    // Plans never name the providers that a program doesn't.
    .filter(({ urn, type = '' }) => isWhole && !named.has(urn) && !type.startsWith('pulumi:'))
    .map((oldState) => ({ op: 'delete', urn: oldState.urn, oldState }));
  const steps = [...(raw.steps ?? []), ...unnamed].filter(({ newState, oldState }) =>
    isReal(newState ?? oldState),
  );
  const names = namesById(steps, prefix);
  const diagnostics = (raw.diagnostics ?? []).map(({ message = '', severity = '' }) => ({
    severity,
    message: withoutColors(message)
      .replace(/^(error|warning): /, '')
      .trim(),
  }));
  const said = (severity: string) =>
    unique(diagnostics.filter((one) => one.severity === severity).map(({ message }) => message));
  return {
    resources: merged(steps.map((step) => readStep(step, prefix, names))),
    config: raw.config ?? {},
    errors: said('error'),
    warnings: said('warning'),
  };
}

const deletionRefused = /cannot be deleted\s+because it is protected|preview failed\s*$/;

/** A plan that Pulumi won't carry out, since it would remove what is protected. */
export function isRefusal({ errors, resources }: Plan): boolean {
  return (
    resources.length > 0 &&
    errors.length > 0 &&
    errors.every((error) => deletionRefused.test(error) || /marked for protection/.test(error))
  );
}

/** The resources that something happens to. */
export function touched(plan: Plan): Resource[] {
  return plan.resources.filter(({ operation }) => operation !== 'same');
}

/** Components only group others. */
function isReal(state: RawState | undefined): boolean {
  return state?.custom === true;
}

/** What ids stand for: the engine's, and in the state of a plan on paper those made up. */
function namesById(steps: readonly RawStep[], prefix: string): Map<string, string> {
  return new Map(
    steps.flatMap(({ urn, oldState, newState }) => {
      const id = oldState?.id ?? newState?.id ?? '';
      const type = (newState ?? oldState)?.type ?? '';
      return id !== '' && /:(Network|Secret|ServiceConfig)$/.test(type)
        ? [[id, nameOf(urn, prefix)]]
        : [];
    }),
  );
}

function readStep(step: RawStep, prefix: string, names: ReadonlyMap<string, string>): Resource {
  const state = step.newState ?? step.oldState ?? {};
  const operation = operationOf(step.op);
  const source = sourceOf(step.newState ?? {});
  const uses = unique(
    Object.values(state.propertyDependencies ?? {})
      .flatMap((urns) => urns ?? [])
      .filter((urn) => /docker:index\/(network|volume):/.test(urn))
      .map((urn) => nameOf(urn, prefix)),
  ).sort();
  return {
    name: nameOf(step.urn, prefix),
    kind: kindOf(state.type ?? ''),
    operation,
    changes: operation === 'same' ? [] : changesOf(step, operation, uses, names),
    causes: unique((step.replaceReasons ?? []).map(root)).sort(),
    isProtected: (step.oldState?.protect ?? step.newState?.protect) === true,
    isKept: (step.oldState?.retainOnDelete ?? step.newState?.retainOnDelete) === true,
    uses,
    ...(source && { source }),
  };
}

/** One may come as several steps: looked at and then changed, or gone from the server and made again. */
function merged(resources: readonly Resource[]): Resource[] {
  const byName = new Map<string, Resource>();
  for (const resource of resources) {
    const key = `${resource.kind} ${resource.name}`;
    const known = byName.get(key);
    if (!known || weight(resource.operation) > weight(known.operation)) byName.set(key, resource);
  }
  return [...byName.values()];
}

function weight(operation: Operation): number {
  return ['same', 'other', 'delete', 'update', 'create', 'replace'].indexOf(operation);
}

export function operationOf(op: string): Operation {
  if (['same', 'refresh', 'read', 'discard'].includes(op)) return 'same';
  if (op === 'create' || op === 'update' || op === 'delete') return op;
  return op.includes('replace') ? 'replace' : 'other';
}

export function kindOf(type: string): Kind {
  if (type.startsWith('random:')) return 'generated value';
  if (type.startsWith('pulumi:providers:')) return 'provider';
  return kinds[type] ?? 'resource';
}

export function nameOf(urn: string, prefix: string): string {
  const name = urn.split('::').slice(3).join('::');
  return name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : name;
}

/** Files of the program that make resources for others: who asked for one is further up. */
const makers = /^infra\/(stack|release|workload\/\w+)\.ts$/;

function sourceOf({ stackTrace }: RawState): Source | undefined {
  const places = (stackTrace ?? []).flatMap(({ sourcePosition }) => {
    const [, file, line] =
      /^project:\/\/\/(infra(?:\/[\w-]+)*\/[\w-]+\.ts)#(\d+)/.exec(sourcePosition ?? '') ?? [];
    return file && line ? [{ file, line: Number(line) }] : [];
  });
  return places.find(({ file }) => !makers.test(file)) ?? places[0];
}

function changesOf(
  step: RawStep,
  operation: Operation,
  uses: readonly string[],
  names: ReadonlyMap<string, string>,
): Change[] {
  const named = (inputs: RawState['inputs'] = {}) => flat(withNames(inputs, uses, names));
  const before = named(operation === 'create' ? {} : step.oldState?.inputs);
  const after = named(operation === 'delete' ? {} : step.newState?.inputs);
  const changes = compared(before, after);
  // What the provider sees and inputs don't show: a secret, or what is on the engine.
  const shown = new Set(changes.map(({ path }) => root(path)));
  const told = [...Object.keys(step.detailedDiff ?? {}), ...(step.diffReasons ?? [])].map(root);
  for (const path of unique([...told, ...(step.replaceReasons ?? []).map(root)]).sort())
    if (
      !shown.has(path) &&
      !path.startsWith('__') &&
      operation !== 'create' &&
      operation !== 'delete'
    )
      changes.push({ path, ...at(before, 'before', path), ...at(after, 'after', path) });
  return changes;
}

function at(values: ReadonlyMap<string, string>, side: 'before' | 'after', path: string) {
  const value = values.get(path);
  return value === undefined ? {} : { [side]: value };
}

/** What differs between two sets of values, by path. */
export function changesBetween(
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Change[] {
  const [before, after] = [old, now].map((values) =>
    flat(values as { readonly [key: string]: Json }),
  );
  return compared(before ?? new Map(), after ?? new Map());
}

function compared(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Change[] {
  return unique([...before.keys(), ...after.keys()])
    .sort()
    .flatMap((path) => {
      const [old, now] = [before.get(path), after.get(path)];
      return old === now
        ? []
        : [
            {
              path,
              ...(old !== undefined && { before: old }),
              ...(now !== undefined && { after: now }),
            },
          ];
    });
}

/** Ids as the names of what they stand for; a network that is still to be made has none, and is one of those in use. */
function withNames(
  inputs: { readonly [key: string]: Json },
  uses: readonly string[],
  names: ReadonlyMap<string, string>,
): { readonly [key: string]: Json } {
  const found = new Set<string>();
  const known = JSON.parse(JSON.stringify(inputs), (_, item: Json) => {
    const name = typeof item === 'string' ? names.get(item) : undefined;
    if (name !== undefined) found.add(name);
    return name ?? item;
  }) as { readonly [key: string]: Json };
  const toBeMade = uses.filter((name) => name.endsWith('network') && !found.has(name));
  return JSON.parse(JSON.stringify(known), (_, item: Json) =>
    item !== null &&
    typeof item === 'object' &&
    !Array.isArray(item) &&
    item.id === unknownOnWire &&
    toBeMade.length > 0
      ? { ...item, id: toBeMade.shift() }
      : item,
  ) as { readonly [key: string]: Json };
}

/** Every value by its path. Entries of a list that have a name of their own go by it: their order says nothing. */
function flat(inputs: { readonly [key: string]: Json }): Map<string, string> {
  const values = new Map<string, string>();
  const put = (path: string, value: Json): void => {
    if (value === null) return;
    if (Array.isArray(value)) {
      const named = value.map((item) => ownName(path, item));
      const isNamed = value.length > 0 && named.every((name) => name !== undefined);
      if (value.length === 0 || (!isNamed && value.every((item) => typeof item !== 'object')))
        values.set(path, `[${value.map(scalar).join(', ')}]`);
      else
        value.forEach((item, index) => {
          const { name = String(index), rest = item } = named[index] ?? {};
          // Two may have the same name: nothing may be hidden behind another.
          const again = named.slice(0, index).filter((one) => one?.name === name).length;
          put(`${path}.${name}${again > 0 ? ` (${again + 1})` : ''}`, rest);
        });
    } else if (typeof value === 'object') {
      for (const [key, item] of Object.entries(value))
        if (!key.startsWith('__') && key !== engineOption) put(path ? `${path}.${key}` : key, item);
    } else values.set(path, scalar(value));
  };
  put('', inputs);
  return values;
}

/** What a Swarm writes into a network's options by itself, and a refresh takes over. */
const engineOption = 'com.docker.network.driver.overlay.vxlanid_list';

/** What tells an entry of a list from its neighbours. */
const entryNames = ['label', 'fileName', 'target', 'internal', 'targetPort', 'name', 'id'];

function ownName(path: string, item: Json): { name: string; rest: Json } | undefined {
  if (typeof item === 'string') {
    const [, key, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(item) ?? [];
    return key !== undefined && root(path) === 'envs'
      ? { name: key, rest: value ?? '' }
      : undefined;
  }
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return undefined;
  const key = entryNames.find((key) => item[key] !== undefined);
  if (!key) return undefined;
  const { [key]: name = '', ...rest } = item;
  // One that has nothing but its name is there, or isn't.
  return { name: scalar(name), rest: Object.keys(rest).length > 0 ? rest : 'yes' };
}

function scalar(value: Json): string {
  if (value === unknownOnWire) return notKnownYet;
  if (value === masked) return hidden;
  return typeof value === 'string'
    ? value.replaceAll(unknownOnWire, notKnownYet)
    : JSON.stringify(value);
}

/** The property that a path begins with. */
export function root(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}

export function withoutColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal gets
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').replace(/<\{%[^%]*%\}>/g, '');
}

export function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
