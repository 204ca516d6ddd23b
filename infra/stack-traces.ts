// Keeps what nobody reads out of a plan's time. Pulumi's SDK notes where each promise was made, for
// PULUMI_DEBUG_PROMISE_LEAKS alone, and ts-node looks every line of that up in source maps: a sixth of a plan.

/** Forms `error.stack`, as V8 calls it: https://v8.dev/docs/stack-trace-api. */
type Form = (error: Error, frames: NodeJS.CallSite[]) => unknown;

/**
 * The same, but for the SDK's notes, which are errors without a text. It also makes one such error for each resource,
 * for the line that declares it; that one asks for all frames, and keeps them.
 */
export function withoutNotes(form: Form): Form {
  return (error, frames) =>
    error.message === '' && Error.stackTraceLimit !== Number.POSITIVE_INFINITY
      ? String(error)
      : form(error, frames);
}

const form = Error.prepareStackTrace;
if (form && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) Error.prepareStackTrace = withoutNotes(form);
