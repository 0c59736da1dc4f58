/**
 * `--demo` opens the demo pool at the start; `--demo=10000` gives it that many small VMs more, to see how a large pool
 * feels. Anything else after the `=` counts as a plain `--demo`.
 */
export function demoSwitch(argv: readonly string[]): { readonly vmCount?: number } | undefined {
  const found = argv.find((argument) => argument === '--demo' || argument.startsWith('--demo='));
  if (found === undefined) return undefined;
  const vmCount = Number(found.slice('--demo='.length));
  return Number.isInteger(vmCount) && vmCount > 0 && vmCount <= 10_000 ? { vmCount } : {};
}
