import { fail } from '../../shared/model/failure';
import type { Disk, Inventory, Snapshot, Storage, Vm } from '../../shared/model/inventory';
import { formatTime } from './terminal/units';

interface Named {
  readonly uuid: string;
  readonly name: string;
}

/** By uuid, start of a uuid (from 8 characters) or name. @throws FailureError `object-not-found`, `name-ambiguous` */
function findOne<T extends Named>(kind: string, word: string, all: readonly T[], hint?: string): T {
  const found = matches(word, all);
  const [one] = found;
  if (one && found.length === 1) return one;
  if (!one)
    return fail({
      code: 'object-not-found',
      message: `The pool has no ${kind} "${word}".`,
      nextStep: hint ?? 'See "deltascope ls" for names and uuids.',
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

/** A disk's name says which VM was meant. */
export function findVm({ vms, disks }: Inventory, word: string): Vm {
  const [disk] = matches(word, disks);
  const owner = disk && vms.find(({ diskUuids }) => diskUuids.includes(disk.uuid));
  return findOne('VM', word, vms, owner && `That is a disk of the VM "${owner.name}": name the VM.`);
}

/** A VM's name says which disks may have been meant. */
export function findDisk({ vms, disks }: Inventory, word: string): Disk {
  const [vm] = matches(word, vms);
  const names = disks.filter(({ uuid }) => vm?.diskUuids.includes(uuid)).map(({ name }) => `"${name}"`);
  return findOne('disk', word, disks, vm && `That is a VM. Its disks: ${names.join(', ') || 'none'}.`);
}

/** @param disk whose snapshots are proposed when there is no such one. */
export function findSnapshot({ snapshots }: Inventory, word: string, disk?: Disk): Snapshot {
  const own = snapshots.filter(({ diskUuid }) => diskUuid === disk?.uuid);
  const list = own.map(({ uuid, takenAt }) => `${uuid} (${formatTime(takenAt)})`).join(', ');
  return findOne(
    'snapshot',
    word,
    snapshots,
    list === '' ? undefined : `Snapshots of ${disk?.name}: ${list}.`,
  );
}
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
