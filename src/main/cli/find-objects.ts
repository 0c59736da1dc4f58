import { fail } from '../../shared/model/failure';
import type { Disk, Inventory, Snapshot, Storage, Vm } from '../../shared/model/inventory';

interface Named {
  readonly uuid: string;
  readonly name: string;
}

/** By uuid, start of a uuid (from 8 characters) or name. @throws FailureError `object-not-found`, `name-ambiguous` */
function findOne<T extends Named>(kind: string, word: string, all: readonly T[]): T {
  const found = matches(word, all);
  const [one] = found;
  if (one && found.length === 1) return one;
  if (!one)
    return fail({
      code: 'object-not-found',
      message: `The pool has no ${kind} "${word}".`,
      nextStep: 'See "deltascope ls" for names and uuids.',
    });
  return fail({
    code: 'name-ambiguous',
    message: `"${word}" is the name of ${found.length} ${kind}s.`,
    nextStep: `Use the uuid: ${found.map(({ uuid }) => uuid).join(', ')}.`,
  });
}

function matches<T extends Named>(word: string, all: readonly T[]): T[] {
  const exact = all.filter(({ uuid, name }) => uuid === word || name === word);
  if (exact.length > 0 || word.length < 8) return exact;
  return all.filter(({ uuid }) => uuid.startsWith(word.toLowerCase()));
}

export const findVm = ({ vms }: Inventory, word: string): Vm => findOne('VM', word, vms);
export const findDisk = ({ disks }: Inventory, word: string): Disk => findOne('disk', word, disks);
export const findSnapshot = ({ snapshots }: Inventory, word: string): Snapshot =>
  findOne('snapshot', word, snapshots);
export const findStorage = ({ storages }: Inventory, word: string): Storage =>
  findOne('storage', word, storages);

/** The disks that words mean: a VM stands for all of its disks. In order, each once. */
export function findDisks(inventory: Inventory, words: readonly string[]): Disk[] {
  const disks = words.flatMap((word) => {
    const vms = matches(word, inventory.vms);
    if (vms.length === 0) return [findDisk(inventory, word)];
    const { diskUuids } = findVm(inventory, word);
    return diskUuids.map((uuid) => findDisk(inventory, uuid));
  });
  return [...new Set(disks)];
}
