// A page of docs/ as something that can be done: its files, changes and commands, in their order.

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'change'; readonly path: string; readonly hunks: readonly Hunk[] }
  | { readonly kind: 'command'; readonly script: string };

/** Lines that stand somewhere, and what stands there afterwards. */
export interface Hunk {
  readonly before: string;
  readonly after: string;
}

/** The steps below a heading of the second level. */
export function stepsOf(page: string, heading: string): Step[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`there is no section "${heading}"`);
  return [...section.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    ([, language = '', path, text = '']) => {
      if (language === 'diff') return change(text);
      if (language === 'sh') return { kind: 'command', script: text };
      if (path === undefined) throw new Error(`a block of ${language} names no file:\n${text}`);
      return { kind: 'file', path, text };
    },
  );
}

function change(text: string): Step {
  const [, path] = /^\+\+\+ b\/(.*)$/m.exec(text) ?? [];
  if (path === undefined) throw new Error(`a diff names no file:\n${text}`);
  const hunks = text
    .split(/^@@\n/m)
    .slice(1)
    .map((hunk) => {
      const lines = hunk.split('\n').slice(0, -1);
      const side = (mark: string) =>
        lines.flatMap((line) => (` ${mark}`.includes(line[0] ?? '') ? [`${line.slice(1)}\n`] : []));
      return { before: side('-').join(''), after: side('+').join('') };
    });
  return { kind: 'change', path, hunks };
}

/** A text after a change. Throws if a hunk doesn't fit, or fits in several places. */
export function changed(text: string, { path, hunks }: Extract<Step, { kind: 'change' }>): string {
  return hunks.reduce((current, { before, after }) => {
    if (current.split(before).length !== 2)
      throw new Error(`${path} does not have these lines once:\n${before}`);
    return current.replace(before, () => after);
  }, text);
}
