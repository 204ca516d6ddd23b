// Asks on the terminal for something that must not be seen on it.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

export async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // ^C on a terminal that is being read comes as an event, not as a signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  process.stdout.write(question);
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stdout.write('\n');
  }
}
