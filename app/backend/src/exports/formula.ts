/**
 * Spreadsheets run a cell that begins like a formula, also in the full-width forms, and also behind
 * a character at which they cut the line in another country. Such a beginning gets an apostrophe in
 * front, and so does one that has apostrophes before that, so that an import can take it off again.
 */
const LEAD = '[ \'"\\u00a0]*';
const FORMULA = '[=+\\-@＝＋－＠﹦﹢﹣﹫]';
const BEGINNING = `(?:(?<=^)(?=${LEAD}[\\t\\r\\n])|(?<=^|[,;|\\t\\r\\n])(?=${LEAD}${FORMULA}))`;
const GUARD = new RegExp(BEGINNING, 'g');
const UNGUARD = new RegExp(
  `(?:(?<=^)'(?=${LEAD}[\\t\\r\\n])|(?<=^|[,;|\\t\\r\\n])'(?=${LEAD}${FORMULA}))`,
  'g',
);

export const guard = (text: string) => text.replace(GUARD, "'");

export const unguard = (text: string) => text.replace(UNGUARD, '');

/** As exports were guarded that had no column "client". */
export const unguardFirst = (text: string) => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text);
