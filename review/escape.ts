// What comes from a pull request, made harmless in Markdown and in HTML. Pure.

/** Controls, marks that turn the direction of a text, and what takes no room: none is what it seems. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** As `\u{202e}`; digests that nobody compares by eye are shortened. */
function visible(text: string): string {
  return text.replace(unseen, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
}

/** At most so many characters, and what is cut is said. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most
    ? text
    : `${characters.slice(0, most).join('')}… (${characters.length - most} more characters)`;
}

/** A foreign text as a code span on one line, in which no Markdown, HTML, mention or link means anything. */
export function code(text: string, most = 120): string {
  const line = visible(cut(text.replace(/\s+/g, ' ').trim(), most));
  if (line === '') return '`""`';
  const fence = '`'.repeat(longestRun(line, '`') + 1);
  const room = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${room}${line}${room}${fence}`;
}

/** The same for a cell of a table: a bar would end it, and how to escape one differs between forges. */
export function cell(text: string, most = 120): string {
  return code(text.replaceAll('|', '¦'), most);
}

/** A foreign text of several lines as a block of code, which nothing in it closes. */
export function block(text: string, language = ''): string {
  const lines = visible(text.replace(/\r\n?/g, '\n')).trimEnd();
  const fence = '`'.repeat(Math.max(3, longestRun(lines, '`') + 1));
  return `${fence}${language}\n${lines}\n${fence}`;
}

/** A foreign text in HTML, as content or in a quoted attribute. */
export function html(text: string, most = 400): string {
  return visible(cut(text, most)).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A name in a picture, where quotes and brackets are syntax. */
export function label(text: string): string {
  return cut(text, 40).replace(/[^A-Za-z0-9 ._-]/g, '_');
}

function longestRun(text: string, sign: string): number {
  return Math.max(0, ...(text.match(new RegExp(`${sign}+`, 'g')) ?? []).map((run) => run.length));
}
