/**
 * Spreadsheets run a cell that begins like a formula. Such a cell gets an apostrophe in front, and
 * so does one that begins with apostrophes before that, so that an import can take it off again.
 */
export const guard = (text: string) => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

export const unguard = (text: string) => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text);
