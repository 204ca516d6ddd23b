// CSV as people have it, in bounded memory: a line that is broken is named, and the next one read.

/** A line of a table: its number in the file, and its cells, or what is wrong with it. */
export interface CsvRecord {
  line: number;
  cells: string[];
  /** As it stands in the file. */
  raw: string;
  /** `cell` is the place of the cell, from 0. */
  fault?: { cell: number; value: string; reason: string };
}

/** Far more than any export has. */
export const MAX_CELLS = 500;
export const MAX_RECORD = 100_000;

const QUOTE = '"';

export class CsvReader {
  #text = '';
  #line = 1;
  /** Within a record that is too long: up to its line's end. */
  #skipping = false;

  constructor(readonly delimiter: string) {}

  /** The records that are complete with this text. */
  *push(text: string): Generator<CsvRecord> {
    this.#text += text;
    yield* this.#records(false);
  }

  /** The last record. */
  *end(): Generator<CsvRecord> {
    yield* this.#records(true);
  }

  *#records(final: boolean): Generator<CsvRecord> {
    let at = 0;
    while (at < this.#text.length) {
      if (this.#skipping) {
        const end = this.#lineEnd(at, final);
        if (end === undefined) {
          at = this.#text.length;
          break;
        }
        this.#skipping = false;
        this.#line += 1;
        at = end;
        continue;
      }
      // An empty line is none.
      if (this.#text[at] === '\n' || this.#text[at] === '\r') {
        const end = this.#lineEnd(at, final);
        if (end === undefined) break;
        this.#line += 1;
        at = end;
        continue;
      }
      const read = this.#record(at, final);
      if (read === undefined) {
        if (this.#text.length - at <= MAX_RECORD) break;
        this.#skipping = true;
        const reason = `it has over ${MAX_RECORD.toLocaleString('en')} characters`;
        const raw = this.#text.slice(at, at + 1_000);
        yield { line: this.#line, cells: [], raw, fault: { cell: 0, value: '', reason } };
        continue;
      }
      const raw = this.#text.slice(at, read.next).replace(/[\r\n]+$/, '');
      yield { ...read.record, line: this.#line, raw };
      this.#line += read.lines;
      at = read.next;
    }
    this.#text = this.#text.slice(at);
  }

  /** Behind the end of the line; undefined if it is not here yet. */
  #lineEnd(from: number, final: boolean): number | undefined {
    for (let at = from; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '\n') return at + 1;
      if (character !== '\r') continue;
      if (at + 1 === this.#text.length && !final) return undefined;
      return this.#text[at + 1] === '\n' ? at + 2 : at + 1;
    }
    return final ? this.#text.length : undefined;
  }

  #record(
    from: number,
    final: boolean,
  ): { record: Omit<CsvRecord, 'line' | 'raw'>; next: number; lines: number } | undefined {
    const text = this.#text;
    const cells: string[] = [];
    let fault: CsvRecord['fault'];
    let lines = 1;
    let at = from;
    const add = (cell: string) => {
      if (cells.length < MAX_CELLS) cells.push(cell);
      else fault ??= { cell: MAX_CELLS, value: '', reason: `it has over ${MAX_CELLS} cells` };
    };
    for (;;) {
      let begin = at;
      while (text[begin] === ' ') begin += 1;
      if (text[begin] === QUOTE) {
        const quoted = this.#quoted(begin, final);
        // A mark that is not doubled some lines on is where another cell begins.
        const open = quoted === undefined || (quoted.stray !== undefined && quoted.lines > 0);
        if (open) {
          if (!quoted && !final && text.length - from <= MAX_RECORD) return undefined;
          const next = this.#lineEnd(from, final);
          if (next === undefined) return undefined;
          const reason = 'the quotation mark at its beginning is never closed';
          const value = text.slice(begin, begin + 100);
          return {
            record: { cells, fault: { cell: cells.length, value, reason } },
            next,
            lines: 1,
          };
        }
        if (quoted.stray !== undefined) {
          const next = this.#lineEnd(quoted.stray, final);
          if (next === undefined) return undefined;
          const value = text.slice(begin, Math.min(next, begin + 100)).trimEnd();
          const reason = 'it has a quotation mark that is not doubled';
          return {
            record: { cells, fault: fault ?? { cell: cells.length, value, reason } },
            next,
            lines,
          };
        }
        add(quoted.cell);
        lines += quoted.lines;
        at = quoted.next;
      } else {
        let end = at;
        while (end < text.length) {
          const character = text[end];
          if (character === this.delimiter || character === '\n' || character === '\r') break;
          end += 1;
        }
        if (end === text.length && !final) return undefined;
        const cell = text.slice(at, end).trim();
        if (cell.includes(QUOTE)) {
          fault ??= {
            cell: cells.length,
            value: cell.slice(0, 100),
            reason: 'it has a quotation mark in a cell that is not in quotation marks',
          };
        }
        add(cell);
        at = end;
      }
      if (text[at] === this.delimiter) {
        at += 1;
        continue;
      }
      const next = at >= text.length ? text.length : this.#lineEnd(at, final);
      if (next === undefined || (at >= text.length && !final)) return undefined;
      return { record: { cells, ...(fault && { fault }) }, next, lines };
    }
  }

  /** A cell in quotation marks, up to what comes behind it; `stray` is a mark that is not doubled. */
  #quoted(
    from: number,
    final: boolean,
  ): { cell: string; next: number; lines: number; stray?: number } | undefined {
    const text = this.#text;
    let at = from + 1;
    let cell = '';
    for (;;) {
      const mark = text.indexOf(QUOTE, at);
      if (mark === -1) return undefined;
      cell += text.slice(at, mark);
      if (text[mark + 1] === QUOTE) {
        cell += QUOTE;
        at = mark + 2;
        continue;
      }
      let next = mark + 1;
      while (text[next] === ' ') next += 1;
      if (next === text.length && !final) return undefined;
      const lines = lineBreaks(cell);
      const behind = text[next];
      const closed =
        behind === undefined || behind === this.delimiter || behind === '\n' || behind === '\r';
      return closed ? { cell, next, lines } : { cell, next, lines, stray: mark };
    }
  }
}

const lineBreaks = (text: string) => text.match(/\r\n|\n|\r/g)?.length ?? 0;

/** A cell as it is written, in quotation marks where it must be. */
export const csvCell = (text: string, delimiter = ',') =>
  text.includes(delimiter) || /["\r\n]|^\s|\s$|^'/.test(text)
    ? `"${text.replaceAll(QUOTE, QUOTE + QUOTE)}"`
    : text;
