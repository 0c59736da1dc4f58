/** Progress of the set-up goes to stderr, so that stdout stays clean for `--json` and for counts. */
export const say = (message) => process.stderr.write(`deltascope: ${message}\n`);

/** Ends with a message and a next step, without a stack trace. */
export function stop(message) {
  say(message);
  process.exit(1);
}
