import { seededRandom } from '../random';
import type { PoolState } from '../pool-state';
import { contentOf, refreshUsage } from '../disks/lifecycle';

export async function actInGuest(
  pool: PoolState,
  vm: string,
  { seed, intensity }: { seed: number; intensity: number },
): Promise<unknown> {
  for (const vbd of pool.db.VM.get(vm).VBDs) {
    const { VDI, type } = pool.db.VBD.get(vbd);
    if (type === 'Disk') await workOnDisk(pool, VDI, 'random', seed * intensity);
  }
  return {};
}
export async function workOnDisk(
  pool: PoolState,
  vdi: string,
  _name: string,
  seed: number,
): Promise<unknown> {
  const random = seededRandom(seed);
  const disk = contentOf(pool, vdi);
  for (let i = 0; i < 200; i++) {
    const offset = Math.floor(random() * (disk.sizeBytes / 4096 - 1)) * 4096;
    disk.write(offset, Buffer.alloc(4096, 1 + Math.floor(random() * 255)));
  }
  refreshUsage(pool, vdi);
  return await Promise.resolve({});
}
