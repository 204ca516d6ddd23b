// What a stack of some shape can answer, from what one request costs each tier. Pure: the measured points check it, and
// docs/scale.md has its tables.

/** Whose CPU a request takes: the tiers', and the host's for what carries it from one to the other. */
export const costed = ['edge', 'frontend', 'backend', 'db', 'host'] as const;
/** In milliseconds a request. */
export type Costs = Readonly<Record<(typeof costed)[number], number>>;

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
  const { backend, db } = costs;
  const all = costed.reduce((sum, what) => sum + costs[what], caller);
  const limits = [
    { bend: 'cores', each: (1000 * servers * cores) / all },
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
export const planned = 0.6;
/** What a month of a core with 4 GiB costs, in euros: of a cheap cloud, or of a machine of one's own over four years. */
const euros = 3;

/** Rows of docs/scale.md: what shapes of servers of 2 cores answer. */
export function shapeRows(costs: Costs): string[][] {
  const shapes = [
    [1, 1],
    [1, 2],
    [2, 2],
    [3, 4],
    [5, 6],
    [8, 10],
  ] as const;
  return shapes.map(([servers, backends]) => {
    const { each, bend } = capacityOf(costs, { servers, cores: 2, backends });
    return [String(servers), String(backends), rounded(each), bends[bend]];
  });
}

const bends: Readonly<Record<Capacity['bend'], string>> = {
  cores: 'cores of all servers',
  backends: 'backends: one core each',
  database: "cores of the database's server",
};

/** Rows of docs/scale.md: the least of equal servers for so many people, with two backends or more. */
export function peopleRows(costs: Costs): string[][] {
  return [10, 1000, 10_000, 100_000].map((people) => {
    const wanted = people * eachPerson * peak;
    const found = leastFor(costs, wanted / planned);
    return [
      people.toLocaleString('en'),
      rounded(wanted),
      ...(found
        ? [
            `${found.servers} of ${found.cores} cores`,
            String(found.backends),
            `${(found.servers * found.cores * euros).toLocaleString('en')} €`,
          ]
        : ['more than 9 of 16 cores', '', '']),
    ];
  });
}

function leastFor(costs: Costs, each: number): Shape | undefined {
  for (const cores of [2, 4, 8, 16])
    for (const servers of [1, 3, 5, 7, 9])
      for (let backends = 2; backends <= 20; backends++) {
        const shape = { servers, cores, backends };
        if (capacityOf(costs, shape).each >= each) return shape;
      }
  return undefined;
}

/** To two digits, or a whole number: more is not known. */
function rounded(value: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return (Math.round(value / unit) * unit).toLocaleString('en');
}
