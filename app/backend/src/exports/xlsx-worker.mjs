// Makes a workbook in a thread of its own: it takes seconds in which the rest must go on.
// JavaScript, since a thread that begins with TypeScript needs another loader in tests.
import { parentPort } from 'node:worker_threads';
import writeWorkbook from 'write-excel-file/node';

/** @typedef {import('./export.js').WorkbookMessage} Message */
/** @typedef {import('./export.js').WorkbookValue} Value */

/** @type {Value[][]} */
const lines = [];

/** @param {Value} value @param {string | null | undefined} format */
function cell(value, format) {
  if (value instanceof Date) {
    return { value, type: Date, format: format ?? 'yyyy-mm-dd hh:mm:ss' };
  }
  if (typeof value === 'number') return { value, type: Number, ...(format && { format }) };
  // Text stays text, whatever it begins with.
  return typeof value === 'boolean' ? { value, type: Boolean } : { value, type: String };
}

/** @param {Message} message */
async function take(message) {
  if ('rows' in message) {
    lines.push(...message.rows);
    return;
  }
  const { widths, formats } = message;
  const [header = [], ...rows] = lines;
  const sheet = [
    header.map((title) => ({ value: String(title), fontWeight: /** @type {const} */ ('bold') })),
    ...rows.map((values) => values.map((value, place) => cell(value, formats[place]))),
  ];
  const columns = widths.map((width) => ({ width }));
  const options = { columns, stickyRowsCount: 1, sheet: 'Hours' };
  parentPort?.postMessage(await writeWorkbook(sheet, options).toBuffer());
  parentPort?.close();
}

parentPort?.on('message', (message) => void take(message));
