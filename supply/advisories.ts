// What `npm audit --json` says, and what of it is to be acted on.
import { compare } from './packages';
import { isWaived, type Waiver } from './waivers';

/** By package. None at the moment; such as { name: 'left-pad', reason: 'only in tests', until: '2027-01-31' }. */
export const waivers: readonly Waiver[] = [];

/** From this on, in npm's order, it is to be acted on. */
const severities = ['info', 'low', 'moderate', 'high', 'critical'] as const;
type Severity = (typeof severities)[number];
const least: Severity = 'moderate';

export interface Advisory {
  readonly name: string;
  readonly severity: Severity;
  readonly title: string;
  readonly url: string;
  /** The versions that it is about. */
  readonly range: string;
}

interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly via: readonly (string | Advisory)[] }>
  >;
}

/** The advisories of a report, each once; undefined if it is none: nobody answered. */
export function advisoriesOf(report: string): Advisory[] | undefined {
  let read: Report;
  try {
    read = JSON.parse(report) as Report;
  } catch {
    return undefined;
  }
  if (read.auditReportVersion !== 2 || read.vulnerabilities === undefined) return undefined;
  const found = new Map<string, Advisory>();
  for (const { via } of Object.values(read.vulnerabilities))
    for (const cause of via) {
      // A name is that of another vulnerable package, which is in the report, too.
      if (typeof cause === 'string') continue;
      const { name, severity, title, url, range } = cause;
      found.set(`${name} ${url}`, { name, severity, title, url, range });
    }
  return [...found.values()].sort((a, b) => compare(`${a.name} ${a.url}`, `${b.name} ${b.url}`));
}

/** Those to be acted on: neither below the least severity, nor waived on this day. */
export function toActOn(
  advisories: readonly Advisory[],
  waived: readonly Waiver[],
  today: Date,
): Advisory[] {
  return advisories.filter(
    ({ name, severity }) =>
      severities.indexOf(severity) >= severities.indexOf(least) && !isWaived(name, waived, today),
  );
}

export function line({ name, severity, title, url, range }: Advisory): string {
  return `${name} ${range}: ${severity}: ${title} (${url})`;
}
