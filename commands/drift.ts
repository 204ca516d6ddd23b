import type { Arguments } from './arguments';
export async function main(_args: Arguments): Promise<number> {
  return 1;
}
