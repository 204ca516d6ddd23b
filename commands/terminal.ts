// Questions on the terminal.
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Problem } from '../host/problem';

/** Refuses to go on where a question could not be answered. */
export function mustAsk(yes: boolean): void {
  if (!yes && !process.stdin.isTTY) throw new Problem('There is no terminal to ask on: add --yes.');
}

/** A question whose answer is no unless it is yes; --yes answers it. */
export async function confirm(question: string, yes = false): Promise<boolean> {
  if (yes) return true;
  mustAsk(yes);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  interruptible(terminal);
  // After ^D the question fails or, in older releases of Node, stays open: no answer is no.
  const closed = once(terminal, 'close').then(() => '');
  try {
    const asked = terminal.question(`${question} [y/N] `).catch(() => '');
    const answer = await Promise.race([asked, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** Asks for something that must not be seen on the terminal. */
export async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  interruptible(terminal);
  process.stdout.write(question);
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stdout.write('\n');
  }
}

/** ^C on a terminal that is being read comes as an event, not as a signal. */
function interruptible(terminal: Interface): void {
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
}
