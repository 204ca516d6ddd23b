// docs/bench.md, from what was measured: each section keeps its date and its machine, and may be measured alone.
import type { Plot } from './plot';

export interface Section {
  /** Of its plot's file; one of `order`. */
  readonly name: string;
  readonly title: string;
  /** What measures it. */
  readonly command: string;
  /** When, as yyyy-mm-dd. */
  readonly date: string;
  /** On what: cores, memory, versions. */
  readonly machine: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Paragraphs, such as the reason of a bend. */
  readonly notes: readonly string[];
  readonly plot?: Plot;
}

const order = ['dev', 'live', 'release', 'tiers', 'replicas', 'users', 'entries'];

const introduction = `# What it costs, beside docker compose and as it grows

\`npm run bench\` measures all of this and writes the page: medians, both sides in turn in one run, on the same images and the same
engine. compose is \`bench/compose/compose.yaml\`: health checks with start intervals, \`depends_on\`, \`up --detach --wait\`. The
stand-ins of the provider plugins wait as the official ones do, except where it says otherwise. Timings differ from machine to
machine; the ratios much less.
`;

/** The same section anew in the place of the one that was, all in the page's order. */
export function placed(sections: readonly Section[], section: Section): Section[] {
  return [...sections.filter(({ name }) => name !== section.name), section].sort(
    (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
  );
}

export function pageOf(sections: readonly Section[]): string {
  return [introduction, ...sections.map(sectionOf)].join('\n');
}

/** A part of the page. */
export function sectionOf({
  name,
  title,
  command,
  date,
  machine,
  head,
  rows,
  notes,
  plot,
}: Section) {
  return [
    `## ${title}\n`,
    row(head),
    row(head.map(() => '---')),
    ...rows.map(row),
    '',
    ...(plot ? [`![${plot.title}](bench/${name}.svg)\n`] : []),
    ...notes.map((note) => `${note}\n`),
    `\`${command}\`, ${date}: ${machine}.\n`,
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
