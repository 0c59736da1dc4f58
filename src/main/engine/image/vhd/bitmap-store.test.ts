import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputFile } from '../output-file';
import { BitmapStore } from './bitmap-store';

let folder: string;
let file: OutputFile;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
  file = await OutputFile.create(join(folder, 'bitmaps'));
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

describe('sector bitmaps of many blocks', () => {
  it('keep what was set, wherever they are', () => {
    const store = new BitmapStore(file, 4);
    const count = 50;
    for (let index = 0; index < count; index++) store.add(index * 512);
    for (let round = 0; round < 8; round++) {
      for (let step = 0; step < count; step++) {
        const index = (step * 7) % count;
        const bitmap = store.change(index * 512);
        bitmap[round] = index + 1;
      }
    }
    store.flush();
    const bitmap = Buffer.alloc(512);
    for (let index = 0; index < count; index++) {
      file.readNow(bitmap, 0, 512, index * 512);
      const expected = Buffer.alloc(512);
      expected.fill(index + 1, 0, 8);
      expect(bitmap.equals(expected)).toBe(true);
    }
  });
});
