import { Argument } from 'commander';
import type { Disk, Inventory } from '../../../shared/model/inventory';
import { fail } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { setCbtEnabled } from '../../engine/cbt';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { EXIT } from '../exit-codes';
import { findDisk, findVm } from '../find-objects';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';

interface CbtFlags extends PoolFlags {
  vm?: string;
  json?: boolean;
}

const DESCRIPTION = `Switches changed block tracking of disks on or off, or shows it. Switching it off throws away what was tracked:
the next export of that disk is a full one.`;

export const addCbt: AddCommand = (program, context) => {
  withPoolFlags(program.command('cbt'))
    .summary('switch changed block tracking on or off, or show it')
    .description(DESCRIPTION)
    .addArgument(new Argument('<action>', 'what to do').choices(['enable', 'disable', 'status']))
    .argument('[disk...]', 'disks by name or uuid')
    .option('--vm <vm>', 'all disks of this VM')
    .option('--json', 'print one line of JSON per disk')
    .action((action: 'enable' | 'disable' | 'status', words: string[], flags: CbtFlags) =>
      onPool(flags, context, async (pool) => {
        const disks = disksMeant(pool.inventory(), words, flags.vm);
        if (action === 'status') {
          tellState(disks, pool.inventory(), flags, context);
          return;
        }
        const enabled = action === 'enable';
        for (const { diskUuid, result } of await setCbtEnabled(
          pool,
          disks.map(({ uuid }) => uuid),
          enabled,
        )) {
          const name = disks.find(({ uuid }) => uuid === diskUuid)!.name;
          if (flags.json)
            jsonLine(context.io, { event: 'cbt', diskUuid, ...(result.ok ? { enabled } : result) });
          else if (result.ok) context.io.out(`${name}: ${enabled ? 'on' : 'off'}\n`);
          else
            context.io.err(`${name}: ${result.failure.message}\n  What to do: ${result.failure.nextStep}\n`);
          if (!result.ok) context.setExitCode(EXIT.failed);
        }
        unwrap(await pool.refresh());
      }),
    );
};

function disksMeant(inventory: Inventory, words: readonly string[], vm: string | undefined): Disk[] {
  const named = words.map((word) => findDisk(inventory, word));
  const ofVm =
    vm === undefined ? [] : findVm(inventory, vm).diskUuids.map((uuid) => findDisk(inventory, uuid));
  const disks = [...new Set([...named, ...ofVm])];
  if (disks.length > 0) return disks;
  return fail({ code: 'usage', message: 'No disk was named.', nextStep: 'Name disks, or a VM with --vm.' });
}

function tellState(
  disks: readonly Disk[],
  { storages }: Inventory,
  flags: CbtFlags,
  { io }: CliContext,
): void {
  for (const { uuid, name, cbtEnabled, storageUuid } of disks) {
    const storage = storages.find((one) => one.uuid === storageUuid);
    const possible = storage?.supportsCbt ?? false;
    if (flags.json) jsonLine(io, { event: 'cbt', diskUuid: uuid, enabled: cbtEnabled, possible });
    else
      io.out(
        `${name}: ${cbtEnabled ? 'on' : possible ? 'off' : `not possible on ${storage?.name ?? 'its storage'} (${storage?.type ?? '?'})`}\n`,
      );
  }
}
