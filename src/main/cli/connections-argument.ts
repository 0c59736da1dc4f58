import { InvalidArgumentError } from 'commander';

/** Parses the number of NBD connections. */
export function connections(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 16)
    throw new InvalidArgumentError('It must be 1 to 16.');
  return value;
}
