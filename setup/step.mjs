// Shows what set-up is doing: one line a step, with what came of it and how long it took.

/**
 * @typedef {(text: string) => void} Note Says what came of the step, in a few words.
 */

/**
 * @template T
 * @param {string} name
 * @param {(note: Note) => Promise<T>} work
 * @returns {Promise<T>} what the work returns
 */
export async function step(name, work) {
  const started = Date.now();
  const label = name.padEnd(16);
  process.stdout.write(`${label}… `);
  const clock = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`\r${label}… ${seconds(started)} `), 1000)
    : undefined;
  let outcome = 'done';
  let failed = true;
  try {
    const result = await work((text) => {
      outcome = text;
    });
    failed = false;
    return result;
  } finally {
    clearInterval(clock);
    const back = process.stdout.isTTY ? `\r\x1b[K${label}… ` : '';
    process.stdout.write(`${back}${failed ? 'failed' : outcome} (${seconds(started)})\n`);
  }
}

/** @param {number} since milliseconds */
function seconds(since) {
  const passed = (Date.now() - since) / 1000;
  return passed < 10 ? `${passed.toFixed(1)} s` : `${Math.round(passed)} s`;
}
