import { Problem } from '../problem.js';

interface Waiting {
  readonly run: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * One task at a time, for tasks that cost a processor: callers take turns, whatever number each one
 * sends, and no more than `places` wait. When all are taken, the newest of the caller with most goes.
 */
export class Turns {
  /** By caller; whose turn is next comes first. */
  private readonly callers = new Map<string, Waiting[]>();
  private busy = false;

  constructor(private readonly places: number) {}

  /** Runs a task when it is the caller's turn. Throws a problem, 503, if there is no place for it. */
  async take<T>(caller: string, task: () => Promise<T>): Promise<T> {
    await new Promise<void>((run, refuse) => {
      const own = this.callers.get(caller) ?? [];
      this.makeRoom(own);
      own.push({ run, refuse });
      this.callers.set(caller, own);
      this.next();
    });
    try {
      return await task();
    } finally {
      this.busy = false;
      this.next();
    }
  }

  private makeRoom(own: readonly Waiting[]): void {
    const lists = [...this.callers.values()];
    if (lists.reduce((sum, list) => sum + list.length, 0) < this.places) return;
    const longest = lists.reduce((most, list) => (list.length > most.length ? list : most));
    if (longest.length <= own.length + 1) throw noRoom();
    longest.pop()?.refuse(noRoom());
  }

  private next(): void {
    if (this.busy) return;
    for (const [caller, [waiting, ...others]] of this.callers) {
      this.callers.delete(caller);
      if (!waiting) continue;
      if (others.length > 0) this.callers.set(caller, others);
      this.busy = true;
      waiting.run();
      return;
    }
  }
}

function noRoom(): Problem {
  return new Problem(503, 'Too many logins at once.', { retryAfter: 5 });
}
