/** A message for the user: printed as it is, without a stack. */
export class Problem extends Error {
  override readonly name = 'Problem';
}
