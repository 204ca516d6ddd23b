// What a stack of some shape can answer, from what one request costs each tier. Pure: the measured points check it, and
// docs/scale.md has its tables.

/** CPU that one request takes, in milliseconds, by tier. */
export interface Costs {
  readonly edge: number;
  readonly frontend: number;
  readonly backend: number;
  readonly db: number;
}

export interface Shape {
  readonly servers: number;
  /** Of each server. */
  readonly cores: number;
  readonly backends: number;
  /** CPU that whoever asks takes of the same cores, in milliseconds a request; 0: it is elsewhere. */
  readonly caller?: number;
}

export interface Capacity {
  /** Requests a second. */
  readonly each: number;
  /** What there is no more of. */
  readonly bend: 'cores' | 'backends' | 'database';
}

/** Of its cores a backend takes one: JavaScript runs on a single thread, and the runtime's own threads take a little more. */
const coresOfBackend = 1.2;

/** Requests a second that a shape answers, and where it bends. The database has one server, and shares it. */
export function capacityOf(
  costs: Costs,
  { servers, cores, backends, caller = 0 }: Shape,
): Capacity {
  const { edge, frontend, backend, db } = costs;
  const limits = [
    { bend: 'cores', each: (1000 * servers * cores) / (edge + frontend + backend + db + caller) },
    { bend: 'backends', each: (1000 * backends * coresOfBackend) / backend },
    { bend: 'database', each: (1000 * cores) / db },
  ] as const;
  return limits.reduce((least, limit) => (limit.each < least.each ? limit : least));
}

/** A person at work asks so often, in requests a second: the timer, a list and a save now and then. */
export const eachPerson = 1 / 30;
/** The busiest moment of a day, beside its mean. */
export const peak = 5;
/** Of what a shape can answer, so much is planned with: beyond, waits grow. */
const share = 0.6;

/** The least servers of so many cores, with two backends each at least, for so many people; undefined: the database is the limit. */
export function serversFor(
  costs: Costs,
  people: number,
  cores: number,
): (Capacity & { readonly servers: number; readonly backends: number }) | undefined {
  const wanted = people * eachPerson * peak;
  for (let servers = 1; servers <= 50; servers++)
    for (let backends = 2; backends <= 20; backends++) {
      const capacity = capacityOf(costs, { servers, cores, backends });
      if (capacity.each * share >= wanted) return { servers, backends, ...capacity };
    }
  return undefined;
}
