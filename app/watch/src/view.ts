// One look, judged: what the network shows of the stack, and what the backup tier wrote down.
import { type CopyFacts, copyLine } from './copy.ts';
import { daysUntilFull, type Facts } from './facts.ts';
import {
  backupLine,
  databaseLine,
  diskLine,
  type Line,
  lateDays,
  standbyLine,
  type Validity,
} from './lines.ts';

/** How a request ended: with a status, or with the reason why there is none. */
export type Answer = { readonly status: number } | { readonly failed: string };

export interface View {
  readonly now: Date;
  /** `/health` as people reach it, by name; the empty name for plain HTTP. */
  readonly site: Readonly<Record<string, Answer>>;
  /** The edge for itself. */
  readonly edge: Answer;
  /** The page, of each task of the frontend. */
  readonly frontends: readonly Answer[];
  readonly frontendsWanted: number;
  /** `/health`, past the edge. */
  readonly backend: Answer;
  /** What is served, by name; undefined: none is. Without a name, there is nothing to serve. */
  readonly certificates: Readonly<Record<string, Validity | undefined>>;
  readonly facts: Facts | undefined;
  /** Of the copy off the server: `none`, if there is to be none. */
  readonly copy: CopyFacts | 'none' | undefined;
}

const minute = 60_000;
const day = 86_400_000;

/** A line a thing. Those of the backup tier can't be told while it is silent, which is a line of its own. */
export function judge(view: View): Line[] {
  const { now, site, edge, frontends, frontendsWanted, backend, certificates, facts, copy } = view;
  // A page or not: it is there.
  const serving = frontends.filter((one) => 'status' in one && one.status < 500).length;
  const isFresh = facts !== undefined && now.getTime() - facts.time.getTime() < 5 * minute;
  const known = isFresh ? facts : undefined;
  const unknown = (what: string): Line => ({
    what,
    isWell: undefined,
    says: 'the backup tier is silent',
  });
  return [
    both('site', Object.entries(site)),
    both('edge', [['', edge]]),
    {
      what: 'frontend',
      isWell: serving >= frontendsWanted,
      says: `${serving} of ${frontendsWanted} answer`,
    },
    both('backend', [['', backend]]),
    known ? databaseLine(known.database) : unknown('database'),
    ...(known?.standby ? [standbyLine(known.standby)] : []),
    {
      what: 'backup',
      isWell: isFresh,
      says: isFresh
        ? 'at work'
        : facts
          ? `silent for ${Math.round((now.getTime() - facts.time.getTime()) / minute)} minutes`
          : 'has said nothing yet',
    },
    known ? backupLine(known.backup, now) : unknown('last backup'),
    ...(copy === 'none'
      ? []
      : [
          // What it said long ago says nothing.
          copyLine(
            copy && now.getTime() - copy.time.getTime() < 5 * minute ? copy : undefined,
            now,
          ),
        ]),
    known?.disk ? diskLine(known.disk, daysUntilFull(known)) : unknown('disk'),
    ...(Object.keys(certificates).length > 0 ? [certificateLine(certificates, now)] : []),
  ];
}

function isOk(answer: Answer): boolean {
  return 'status' in answer && answer.status === 200;
}

function both(what: string, answers: readonly (readonly [string, Answer])[]): Line {
  const said = answers.map(([name, answer]) => {
    const result = 'status' in answer ? `answers ${answer.status}` : answer.failed;
    return name === '' ? result : `${name} ${result}`;
  });
  return { what, isWell: answers.every(([, answer]) => isOk(answer)), says: said.join('; ') };
}

function certificateLine(certificates: View['certificates'], now: Date): Line {
  let isWell = true;
  const said = Object.entries(certificates).map(([name, validity]) => {
    if (!validity) {
      isWell = false;
      return `${name} has none: npm run status says why`;
    }
    const left = (Date.parse(validity.validTo) - now.getTime()) / day;
    if (left >= lateDays(validity)) return `${name} ${Math.floor(left)} days left`;
    isWell = false;
    const state = left < 0 ? 'has ended' : `${Math.floor(left)} days left, and not renewed`;
    return `${name} ${state}: npm run status says why`;
  });
  return { what: 'certificate', isWell, says: said.join('; ') };
}
