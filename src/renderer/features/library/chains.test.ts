import { describe, expect, it } from 'vitest';
import type { LibraryEntry } from '../../../shared/model/library';
import { ancestorsOf, chainsOf } from './chains';
import { linkState } from './link-state';

/** As much of an entry as chains are made of. */
const entry = (id: string, parent?: string): LibraryEntry =>
  ({
    manifestPath: `/x/${id}.json`,
    manifest: {
      id,
      image: { file: id, fileBytes: 10 },
      ...(parent === undefined ? {} : { parent: { id: parent } }),
    },
  }) as unknown as LibraryEntry;
const ids = (entries: readonly LibraryEntry[]): string[] => entries.map(({ manifest }) => manifest.id);
const verdict = (sound: boolean) => ({ at: '', sound, checkedBytes: 0, faults: [] });

describe('chains', () => {
  it('each full export begins one, branches stay with their root', () => {
    const all = [
      entry('f1'),
      entry('a', 'f1'),
      entry('f2'),
      entry('b', 'a'),
      entry('b2', 'a'),
      entry('c', 'f2'),
    ];
    const chains = chainsOf(all);
    expect(chains.map(({ links }) => ids(links))).toEqual([
      ['f1', 'a', 'b', 'b2'],
      ['f2', 'c'],
    ]);
    expect(chains[0]?.fileBytes).toBe(40);
    expect(ids(ancestorsOf(all[3], all))).toEqual(['a', 'f1']);
  });

  it('increments without their full export are a chain of their own', () => {
    const chains = chainsOf([entry('a', 'gone'), entry('b', 'a')]);
    expect(chains.map(({ root, links }) => [root.manifest.id, ids(links)])).toEqual([['a', ['a', 'b']]]);
  });

  it('a loop ends', () => {
    const all = [entry('a', 'b'), entry('b', 'a'), entry('c', 'a')];
    expect(
      chainsOf(all)
        .flatMap(({ links }) => ids(links))
        .sort(),
    ).toEqual(['a', 'b', 'c']);
  });

  it('damage reaches all that builds on it', () => {
    const all = [entry('f'), entry('a', 'f'), entry('b', 'a'), entry('other')];
    const verdicts = { f: verdict(true), a: verdict(false), b: verdict(true) };
    expect(all.map((link) => linkState(link, all, verdicts).kind)).toEqual([
      'sound',
      'damaged',
      'base-damaged',
      'unknown',
    ]);
  });
});
