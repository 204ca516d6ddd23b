// Shows what set-up is doing: one line a step, with what came of it and how long it took.

/** Says what came of the step, in a few words. */
export type Note = (text: string) => void;
/** Says what takes long, while it does. */
export type Doing = (text: string) => void;

/** Returns what the work returns. */
export async function step<T>(
  name: string,
  work: (note: Note, doing: Doing) => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const label = `${name.padEnd(20)}… `;
  const terminal = process.stdout.isTTY;
  let doing = '';
  const show = () => process.stdout.write(`\r\x1b[K${label}${doing}${seconds(started)} `);
  process.stdout.write(label);
  const clock = terminal ? setInterval(show, 1000) : undefined;
  let outcome = 'done';
  let failed = true;
  try {
    const result = await work(
      (text) => {
        outcome = text;
      },
      (text) => {
        doing = `${text} … `;
        if (!terminal) process.stdout.write(doing);
      },
    );
    failed = false;
    return result;
  } finally {
    clearInterval(clock);
    const back = terminal ? `\r\x1b[K${label}` : '';
    process.stdout.write(`${back}${failed ? 'failed' : outcome} (${seconds(started)})\n`);
  }
}

/** @param since milliseconds */
function seconds(since: number): string {
  const passed = (Date.now() - since) / 1000;
  return passed < 10 ? `${passed.toFixed(1)} s` : `${Math.round(passed)} s`;
}
