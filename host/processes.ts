// Processes of this host, by number.
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs; one that has ended and was not yet waited for does not. */
export function processLives(pid: number): boolean {
  if (process.platform === 'linux') return sessionOf(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The processes of a session; on Linux alone. */
export function sessionMembers(session: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionOf(pid) === session);
}

function sessionOf(pid: number): number | undefined {
  try {
    // After the name in parentheses, which may hold anything: state, parent, group, session.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(session);
  } catch {
    return undefined;
  }
}
