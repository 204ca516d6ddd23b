// What only the stack's own database can: refused where somebody else runs it.
import { Problem } from '../host/problem';
import { hasExternalDatabase } from '../host/stack';

/** @param instead what to do there, in a sentence without its end @throws Problem */
export function refuseExternal(stack: string, instead: string): void {
  if (hasExternalDatabase(stack))
    throw new Problem(
      `Somebody else runs the database of stack ${stack}, and this is done there: ${instead}.`,
    );
}
