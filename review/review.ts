// The review of a change: plain data, from which every text is written.
import type { PlanKind } from './fingerprint';
import type { Plan } from './plan';
import type { Finding, Words } from './verdict';

export interface Review {
  readonly version: 1;
  /** `failed`: at least one stack could not be planned. */
  readonly outcome: Outcome;
  readonly base: Commit;
  readonly head: Commit;
  /** What a reader must know of how they were compared. */
  readonly notes: readonly Words[];
  readonly stacks: readonly StackReview[];
  /** Why there is none at all: a sentence of the program's in which foreign names may stand. */
  readonly why?: string;
  /** Where the head's files can be read, such as https://github.com/o/r/blob/<commit>. */
  readonly sources?: string;
}

export type Outcome = 'nothing' | 'safe' | 'danger' | 'failed';

export interface Commit {
  /** As it was said: foreign. */
  readonly ref: string;
  readonly commit: string;
}

export type StackReview = PlannedStack | FailedStack;

export interface PlannedStack {
  readonly stack: string;
  readonly kind: PlanKind;
  readonly outcome: 'nothing' | 'safe' | 'danger';
  /** After the stack's name. */
  readonly title: string;
  readonly findings: readonly Finding[];
  readonly plan: Plan;
  readonly fingerprint: string;
  /** Of a live plan. */
  readonly state?: { readonly version: string; readonly changed: string };
  /** What a live plan has otherwise than the plan on paper. */
  readonly otherwise?: readonly string[];
}

export interface FailedStack {
  readonly stack: string;
  readonly kind: PlanKind;
  readonly outcome: 'failed';
  readonly title: string;
  /** The last lines: foreign. */
  readonly why: string;
}

/** Exit codes of `npm run review`. */
export const exitCodes: Readonly<Record<Outcome, number>> = {
  nothing: 0,
  safe: 0,
  failed: 1,
  danger: 3,
};

export function outcomeOf(stacks: readonly StackReview[]): Outcome {
  const order: readonly Outcome[] = ['failed', 'danger', 'safe', 'nothing'];
  return order.find((outcome) => stacks.some((one) => one.outcome === outcome)) ?? 'nothing';
}
