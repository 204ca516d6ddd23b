// `npm run drift:post`: one issue on the forge that is open while the server differs from the program.
import { readFileSync } from 'node:fs';
import { Problem } from '../host/problem';
import { postDrift } from '../review/post';
import type { Arguments } from './arguments';
import { forgeOf } from './review-post';

export async function main({ stack, options }: Arguments): Promise<number> {
  const { from, code } = options;
  if (from === undefined) throw new Problem('What did drift print? --from <file>');
  if (code === undefined || !['0', '1', '2'].includes(code))
    throw new Problem('What did drift exit with? --code 0, 1 or 2');
  const { forge } = forgeOf(options, process.env);
  const printed = read(from);
  process.stdout.write(
    `${await postDrift(forge, stack.name, Number(code), printed, Date.now())}\n`,
  );
  return 0;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem(`What drift printed can't be read: ${(error as Error).message}`);
  }
}
