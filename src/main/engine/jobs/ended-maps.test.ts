import { expect, it } from 'vitest';
import { PackedBytes } from '../../../shared/blocks/packed-bytes';
import type { BlockRun, JobMap } from '../../../shared/model/job-map';
import { EndedMaps } from './ended-maps';

const MIB = 1024 * 1024;
const mapOf = (bytes: number, filled: number) => ({
  sizeBytes: bytes * 8 * 65_536,
  planned: PackedBytes.of(new Uint8Array(bytes).fill(filled)),
  done: PackedBytes.of(new Uint8Array(bytes).fill(filled, 0, bytes / 2)),
  runs: [[1, 2, 'failed'] as BlockRun],
});
const seen = (map: ReturnType<typeof mapOf>): JobMap => ({
  ...map,
  planned: map.planned.unpack(),
  done: map.done.unpack(),
});

it('shows the last picture of a disk until its job is forgotten', () => {
  const maps = new EndedMaps();
  const map = mapOf(4096, 0x5a);
  maps.keep('job', 'disk', map);
  maps.keep('other', 'disk', mapOf(2048, 0xff));
  expect(maps.get('job', 'disk')).toEqual(seen(map));
  expect(maps.get('job', 'another')).toBeUndefined();
  maps.forget('job');
  expect(maps.get('job', 'disk')).toBeUndefined();
  expect(maps.get('other', 'disk')).toEqual(seen(mapOf(2048, 0xff)));
});

it('keeps many that are nearly empty, and of those that are not the last ones', () => {
  const maps = new EndedMaps();
  maps.keep('first', 'disk', mapOf(MIB, 0));
  for (let job = 0; job < 12; job++) maps.keep(`job ${job}`, 'disk', mapOf(MIB, 0xff));
  expect(maps.get('first', 'disk')).toBeDefined();
  for (let job = 0; job < 12; job++) maps.keep(`job ${job}`, 'disk', mapOf(2 * MIB, 0x5a));
  const kept = Array.from({ length: 12 }, (_, job) => maps.get(`job ${job}`, 'disk') !== undefined);
  expect(kept.slice(-4)).toEqual([true, true, true, true]);
  expect(kept.filter(Boolean).length).toBeLessThan(8);
  expect(maps.get('first', 'disk')).toBeUndefined();
});
