// What the backup tier knows of database, disk and backups, as `backup facts` prints it.

export interface Database {
  readonly bytes: number;
  readonly connections: number;
  readonly maxConnections: number;
  readonly longestSeconds: number;
}

/** The database's standby, as the database tells of it. */
export interface Standby {
  /** PostgreSQL's word: `streaming` is well, `none` is nobody. */
  readonly state: string;
  readonly bytesBehind: number;
  /** Whether commits wait for it. */
  readonly isSynchronous: boolean;
}

/** In bytes. */
export interface Disk {
  readonly size: number;
  readonly free: number;
}

export interface Facts {
  readonly time: Date;
  /** When the newest backup that counts was made; undefined: there is none; `elsewhere`: who runs the database makes them. */
  readonly backup: Date | 'elsewhere' | undefined;
  /** Undefined, where it doesn't answer. */
  readonly database: Database | undefined;
  /** Undefined: there is to be none, or nobody knows. */
  readonly standby: Standby | undefined;
  readonly disk: Disk | undefined;
  /** What was free at the beginning of the week, or as long ago as is known. */
  readonly before: { readonly time: Date; readonly free: number } | undefined;
}

/** A line a fact, its name first; undefined for what is no such text. */
export function parseFacts(text: string): Facts | undefined {
  const rows = new Map(
    text.split('\n').map((line) => {
      const [name = '', ...values] = line.trim().split(' ');
      return [name, values] as const;
    }),
  );
  const numbers = (name: string, count: number) => {
    const values = rows.get(name)?.map(Number) ?? [];
    return values.length === count && values.every(Number.isFinite) ? values : undefined;
  };
  const [time] = numbers('time', 1) ?? [];
  if (time === undefined) return undefined;
  const disk = numbers('disk', 2);
  const database = numbers('database', 4);
  const before = numbers('before', 2);
  const [backup] = rows.get('backup') ?? [];
  const [state, bytes, sync] = rows.get('standby') ?? [];
  return {
    time: ofSeconds(time),
    backup: backup === 'elsewhere' ? backup : dateOf(backup),
    standby:
      state === undefined
        ? undefined
        : { state, bytesBehind: Number(bytes), isSynchronous: sync === 'sync' },
    disk: disk && { size: disk[0] ?? 0, free: disk[1] ?? 0 },
    database: database && {
      bytes: database[0] ?? 0,
      connections: database[1] ?? 0,
      maxConnections: database[2] ?? 0,
      longestSeconds: database[3] ?? 0,
    },
    before: before && { time: ofSeconds(before[0] ?? 0), free: before[1] ?? 0 },
  };
}

function ofSeconds(seconds: number): Date {
  return new Date(seconds * 1000);
}

/** When a backup was made, as its name says: timetracker-2026-11-26T081500Z.dump */
export function dateOf(name: string | undefined): Date | undefined {
  const [, day, hour, minute, second] =
    /(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name ?? '') ?? [];
  return day ? new Date(`${day}T${hour}:${minute}:${second}Z`) : undefined;
}

const day = 86_400_000;
/** Less says nothing of a week: one import, or one release, would be taken for growth. */
const leastDays = 2;

/** Days until the disk is full, at the growth of the week. Infinity: it doesn't grow. Undefined: too little is known. */
export function daysUntilFull({ time, disk, before }: Facts): number | undefined {
  if (!disk || !before) return undefined;
  const days = (time.getTime() - before.time.getTime()) / day;
  if (days < leastDays) return undefined;
  const growth = (before.free - disk.free) / days;
  return growth > 0 ? disk.free / growth : Number.POSITIVE_INFINITY;
}
