import { expect, it } from 'vitest';
import { LongText } from './long-text';
import { readJson } from './read-json';

const MIB = 1024 * 1024;

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const textOf = (value: unknown): string | undefined =>
  value instanceof LongText && value.bytes ? Buffer.from(value.bytes).toString('latin1') : undefined;

it.each([1, 2, 3, 7, 16_384])('reads what JSON.parse reads, in chunks of %i bytes', async (size) => {
  const value = {
    'a "key"': ['', '"', '\\', '\\"', 'ä€𝄞', '\u0000\n', 'plain'],
    nested: { numbers: [1, -2.5e3], none: null, yes: true },
    middling: 'x'.repeat(40_000),
  };
  expect(await readJson(inChunks(JSON.stringify(value), size))).toEqual(value);
});

it('hands out a long string as its bytes, and leaves what stands around it', async () => {
  const long = 'QUJD'.repeat(MIB);
  const text = JSON.stringify({ a: 'b', tasks: [{ result: `<value>${long}</value>`, after: 'c' }] });
  const read = (await readJson(inChunks(text, 16_000))) as { a: string; tasks: { result: LongText }[] };
  expect(read).toMatchObject({ a: 'b', tasks: [{ after: 'c' }] });
  const { result } = read.tasks[0];
  expect(textOf(result) === `<value>${long}</value>`).toBe(true);
  expect(textOf(result.between('<value>', '</value>')) === long).toBe(true);
  expect(result.between('<value><string>', '</value>')).toBeUndefined();
  const dropped = (await readJson(inChunks(text, 16_000), false)) as typeof read;
  expect(dropped).toMatchObject({ a: 'b', tasks: [{ result: new LongText(undefined), after: 'c' }] });
});

it('keeps a long string as text when its bytes are not its text', async () => {
  for (const value of [`${'x'.repeat(2 * MIB)}"`, `${'x'.repeat(2 * MIB)}ä`, `\n${'x'.repeat(2 * MIB)}`])
    expect(await readJson(inChunks(JSON.stringify([value, 'end']), 16_000))).toEqual([value, 'end']);
});

it.each(['', '{', '{"a":"', `"${'x'.repeat(2 * MIB)}`])('refuses what is no JSON', async (text) => {
  await expect(readJson(inChunks(text, 16_000))).rejects.toThrow(SyntaxError);
});
