import { expect, it } from 'vitest';
import { EvenSample } from './even-sample';

const sampleOf = (count: number): readonly number[] => {
  const sample = new EvenSample();
  for (let number = 0; number < count; number++) sample.add(number * 10);
  return sample.numbers();
};

it.each([0, 1, 2, 63, 64, 65, 127, 128, 1000, 1_000_000])('of %i numbers', (count) => {
  const numbers = sampleOf(count);
  expect(numbers.length).toBeLessThanOrEqual(EvenSample.MOST);
  expect(numbers.length).toBeGreaterThanOrEqual(Math.min(count, EvenSample.MOST / 2));
  expect(new Set(numbers).size).toBe(numbers.length);
  if (count > 0) expect([numbers[0], numbers.at(-1)]).toEqual([0, (count - 1) * 10]);
  const steps = numbers.slice(1, -1).map((number, at) => number - numbers[at]);
  expect(new Set(steps).size).toBeLessThanOrEqual(1);
});
