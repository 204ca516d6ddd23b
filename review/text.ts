// A review as Markdown, for a forge's comment or a terminal. Pure.
import { block, cell, code, cut, label } from './escape';
import { type Change, isRefusal, type Resource, touched } from './plan';
import type { PlannedStack, Review, StackReview } from './review';
import { type Finding, shortPath, type Words } from './verdict';

/** What a forge takes, with room for a marker of its own. */
export const mostCharacters = 65_000;

const signs: Readonly<Record<Finding['severity'], string>> = {
  lost: '🔴',
  down: '🟠',
  people: '🟡',
  note: '⚪',
};

const outcomes: Readonly<Record<StackReview['outcome'], string>> = {
  failed: '🔴',
  danger: '🔴',
  safe: '🟢',
  nothing: '⚪',
};

const operations: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'changed',
  replace: '**replaced**',
  delete: '**deleted**',
  other: 'touched',
};

/** A review that could not be made: in the same layout, it says why. */
export function unmade(
  why: string,
  refs: { base?: string | undefined; head?: string | undefined },
): Review {
  return {
    version: 1,
    outcome: 'failed',
    base: { ref: refs.base ?? '', commit: '' },
    head: { ref: refs.head ?? 'HEAD', commit: '' },
    notes: [],
    stacks: [],
    why,
  };
}

/** The whole text; parts are left out from the end of the list of what matters least, and that is said. */
export function markdown(review: Review, most = mostCharacters): string {
  if (review.why !== undefined)
    return `## 🔴 There is no review\n\n${block(cut(review.why, 3000))}\n`;
  if (review.outcome === 'nothing' && review.notes.length === 0)
    return `⚪ Nothing changes for ${review.stacks.map(({ stack }) => code(stack)).join(', ')} (${compared(review)}).\n`;
  const sections = review.stacks.map((stack) => new Section(stack, review));
  const always = [header(review), ...sections.map((section) => section.must)].join('\n\n');
  let text = always.length > most ? shortened(review, most) : '';
  if (text) return text;
  // What fits of tables, then of pictures and plans; each part whole, or as many lines as fit.
  let room = most - always.length - 200 * sections.length;
  for (const part of ['table', 'picture', 'diff'] as const)
    for (const section of sections) room -= section.take(part, Math.floor(room / sections.length));
  text = [header(review), ...sections.map((section) => section.text())].join('\n\n');
  return `${text}\n`;
}

function header(review: Review): string {
  return [`<sub>${compared(review)}</sub>`, ...review.notes.map((note) => `> ${words(note)}`)].join(
    '\n\n',
  );
}

function compared({ base, head }: Review): string {
  return `${code(cut(base.ref, 60))} ${base.commit.slice(0, 10)} → ${code(cut(head.ref, 60))} ${head.commit.slice(0, 10)}`;
}

class Section {
  /** What is never left out. */
  readonly must: string;
  private readonly parts = { table: '', picture: '', diff: '' };

  constructor(
    private readonly review: StackReview,
    private readonly whole: Review,
  ) {
    this.must =
      review.outcome === 'failed'
        ? failure(review.stack, review.title, review.why)
        : this.verdict(review);
  }

  text(): string {
    const { table, picture, diff } = this.parts;
    return [this.must, table, picture, diff].filter(Boolean).join('\n\n');
  }

  /** Adds what fits of a part, and returns its length. */
  take(part: 'table' | 'picture' | 'diff', room: number): number {
    if (this.review.outcome === 'failed') return 0;
    const text = { table: resourceTable, picture, diff: wholePlan }[part](
      this.review,
      room,
      this.whole,
    );
    this.parts[part] = text.length <= room ? text : '';
    return this.parts[part].length + 2;
  }

  private verdict(review: PlannedStack): string {
    const lines = [`## ${outcomes[review.outcome]} ${code(review.stack)}: ${review.title}`];
    lines.push(`<sub>${provenance(review)}</sub>`);
    const said = review.findings.map((finding) => `- ${findingText(finding, this.whole)}`);
    if (said.length > 0) lines.push(said.join('\n'));
    if (review.plan.errors.length > 0 && !isRefusal(review.plan))
      lines.push(`Pulumi refuses it:\n\n${block(cut(review.plan.errors.join('\n'), 2000))}`);
    if (review.otherwise && review.otherwise.length > 0)
      lines.push(
        `**The server is not what the base says**: somebody changed it, or released from elsewhere. Against the plan on paper:\n\n${block(cut(review.otherwise.join('\n'), 4000), 'diff')}`,
      );
    return lines.join('\n\n');
  }
}

function provenance({ kind, state, fingerprint }: PlannedStack): string {
  const from =
    kind === 'paper'
      ? 'on paper: against a stack that runs the base'
      : `live${state ? `: against version ${state.version} of the state, of ${code(state.changed)}` : ''}`;
  return `${from} · fingerprint ${code(fingerprint)}`;
}

function failure(stack: string, title: string, why: string): string {
  const lines = why.split('\n');
  return `## 🔴 ${code(stack)}: ${title}\n\n${block(cut(lines.slice(-25).join('\n'), 3000))}`;
}

function findingText({ severity, consequence, cause, source }: Finding, review: Review): string {
  const place = source ? ` (${link(source, review)})` : '';
  return `${signs[severity]} ${words(consequence)} <sub>${words(cause)}${place}</sub>`;
}

export function words(parts: Words): string {
  return parts.map((part) => (typeof part === 'string' ? part : code(part.foreign))).join('');
}

function link(source: { file: string; line: number }, { sources }: Review): string {
  const place = code(`${source.file}:${source.line}`);
  return sources ? `[${place}](${sources}/${encodeURI(source.file)}#L${source.line})` : place;
}

const kindOrder: readonly Resource['kind'][] = [
  'volume',
  'container',
  'service',
  'network',
  'secret',
  'generated value',
  'image',
  'base image',
];

/** What is worst first. */
export function forReaders(changed: readonly Resource[]): Resource[] {
  const order = ['delete', 'replace', 'other', 'update', 'create'];
  return [...changed].sort(
    (a, b) =>
      order.indexOf(a.operation) - order.indexOf(b.operation) ||
      kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind),
  );
}

function resourceTable({ plan }: PlannedStack, room: number, review: Review): string {
  const changed = touched(plan);
  if (changed.length === 0) return '';
  const rows = forReaders(changed).map((resource) => row(resource, review));
  const head = ['| | resource | what changes |', '| --- | --- | --- |'];
  const same = plan.resources.length - changed.length;
  const end = same === 1 ? '1 resource stays as it is.' : `${same} resources stay as they are.`;
  return fitting(head, rows, end, room, 'rows');
}

function row(resource: Resource, review: Review): string {
  const { operation, kind, name, source } = resource;
  const shown = operation === 'create' || operation === 'delete' ? [] : resource.changes;
  const changes = shown.slice(0, 8).map(changeText);
  if (shown.length > 8) changes.push(`and ${shown.length - 8} more`);
  const place = source ? ` ${link(source, review)}` : '';
  return `| ${operations[operation] ?? ''} | ${kind} ${cell(name, 60)}${place} | ${changes.join('<br>')} |`;
}

/** Digests that nobody compares by eye. */
export function short(value: string): string {
  return value.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}

function changeText(change: Change): string {
  const { path } = change;
  const [before, after] = [change.before, change.after].map((value) => value && short(value));
  const name = cell(shortPath(path), 60);
  if (before === after)
    return `${name} ${before === undefined ? '' : `${cell(before, 40)}, which changes`}`.trim();
  return `${name}: ${before === undefined ? 'nothing' : cell(before, 60)} → ${after === undefined ? 'nothing' : cell(after, 60)}`;
}

/** Head, as many lines as fit, and what was left out. */
function fitting(
  head: readonly string[],
  lines: readonly string[],
  end: string,
  room: number,
  what: string,
): string {
  const taken: string[] = [];
  let length = [...head, '', end].join('\n').length + 100;
  for (const line of lines) {
    length += line.length + 1;
    if (length > room) break;
    taken.push(line);
  }
  if (taken.length === 0) return '';
  const left = lines.length - taken.length;
  const said =
    left > 0 ? `**${left} more ${what} are left out here**; review.json has all. ${end}` : end;
  return [...head, ...taken, '', said].join('\n');
}

/** Tiers with the networks and volumes that they use, and what happens to each. */
function picture({ plan }: PlannedStack): string {
  const drawn = plan.resources.filter(({ kind }) =>
    ['container', 'service', 'network', 'volume'].includes(kind),
  );
  if (touched(plan).length === 0 || drawn.length === 0 || drawn.length > 60) return '';
  const ids = new Map(drawn.map(({ name }, index) => [name, `r${index}`]));
  const shape = ({ kind, name }: Resource) =>
    kind === 'volume'
      ? `[("${label(name)}")]`
      : kind === 'network'
        ? `(("${label(name)}"))`
        : `["${label(name)}"]`;
  const lines = drawn.map((one) => `  ${ids.get(one.name)}${shape(one)}:::${one.operation}`);
  for (const { name, uses } of drawn)
    for (const used of uses)
      if (ids.has(used)) lines.push(`  ${ids.get(name)} --- ${ids.get(used)}`);
  const classes = [
    '  classDef same fill:#eee,stroke:#999,color:#333',
    '  classDef create fill:#dfd,stroke:#080,color:#040',
    '  classDef update fill:#ffd,stroke:#aa0,color:#440',
    '  classDef replace fill:#fda,stroke:#c60,color:#630',
    '  classDef delete fill:#fcc,stroke:#c00,color:#600',
  ];
  return folded('Picture', ['```mermaid', 'flowchart LR', ...lines, ...classes, '```'].join('\n'));
}

function wholePlan({ plan }: PlannedStack, room: number): string {
  const lines = touched(plan).flatMap(planLines);
  if (lines.length === 0) return '';
  const taken: string[] = [];
  let length = 300;
  for (const line of lines) {
    length += line.length + 1;
    if (length > room) break;
    taken.push(line);
  }
  const left = lines.length - taken.length;
  if (left > 0) taken.push(`… ${left} more lines are left out here; review.json has all`);
  return folded('The whole plan', block(taken.join('\n'), 'diff'));
}

/** A resource as lines of a diff. */
export function planLines({ operation, kind, name, changes }: Resource): string[] {
  const sign = { create: '+', delete: '-' }[operation as string] ?? '!';
  const one = (text: string) => cut(text.replace(/\s+/g, ' '), 160);
  return [
    `${sign} ${operation} ${kind} ${one(name)}`,
    ...changes.flatMap(({ path, before, after }) => [
      ...(before === undefined ? [] : [`-   ${one(path)}: ${one(before)}`]),
      ...(after === undefined ? [] : [`+   ${one(path)}: ${one(after)}`]),
      ...(before === undefined && after === undefined ? [`!   ${one(path)}`] : []),
    ]),
  ];
}

function folded(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${text}\n\n</details>`;
}

/** Where even what must be said is too long: a line each for what is lost or down, and the rest counted. */
function shortened(review: Review, most: number): string {
  const lines: string[] = [
    header({ ...review, notes: [] }),
    '',
    '**This review is too long for one text**; review.json has all of it.',
  ];
  const rest: string[] = [];
  for (const stack of review.stacks) {
    lines.push('', `## ${outcomes[stack.outcome]} ${code(stack.stack, 60)}: ${stack.title}`, '');
    if (stack.outcome === 'failed') {
      lines.push(block(cut(stack.why.split('\n').slice(-10).join('\n'), 1000)));
      continue;
    }
    lines.push(`<sub>${provenance(stack)}</sub>`, '');
    const worst = stack.findings.filter(
      ({ severity }) => severity === 'lost' || severity === 'down',
    );
    const short = ({ severity, headline, consequence }: Finding) =>
      `- ${signs[severity]} ${headline} ${consequence
        .flatMap((part) => (typeof part === 'string' ? [] : [code(part.foreign, 40)]))
        .slice(0, 1)
        .join('')}`;
    let used = lines.join('\n').length;
    const share = most / review.stacks.length;
    let left = 0;
    for (const finding of worst) {
      const line = short(finding);
      if (
        used + line.length > Math.min(most, used + share) - 500 ||
        lines.join('\n').length + line.length > most - 500
      )
        left++;
      else {
        lines.push(line);
        used += line.length + 1;
      }
    }
    if (left > 0) lines.push(`- **and ${left} more that are lost or down**`);
    const others = stack.findings.length - worst.length;
    if (others > 0)
      rest.push(
        `${code(stack.stack, 60)}: ${others} findings that neither lose data nor interrupt are left out.`,
      );
  }
  return `${[...lines, '', ...rest].join('\n')}\n`;
}
