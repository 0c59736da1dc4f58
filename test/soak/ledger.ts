import { z } from 'zod';
import type { Control } from './control';

const config = z.record(z.string(), z.string());
const vmSchema = z.object({
  uuid: z.string(),
  name_label: z.string(),
  is_a_snapshot: z.boolean(),
  is_control_domain: z.boolean(),
  blocked_operations: config,
  other_config: config,
});
const vdiSchema = z.object({
  uuid: z.string(),
  name_label: z.string(),
  type: z.string(),
  is_a_snapshot: z.boolean(),
  other_config: config,
});
const vbdSchema = z.object({ uuid: z.string(), VM: z.string() });
const taskSchema = z.object({ uuid: z.string(), name_label: z.string() });

const isOurs = ({ uuid, other_config }: z.infer<typeof vdiSchema>): boolean =>
  other_config['deltascope:uuid'] === uuid;

/** The pool's own records of what an export could leave behind. */
export interface PoolLook {
  readonly vms: readonly z.infer<typeof vmSchema>[];
  readonly vdis: readonly z.infer<typeof vdiSchema>[];
  /** Uuids of what is attached to control domains. */
  readonly attachments: readonly string[];
  readonly tasks: readonly string[];
  /** Open NBD connections. */
  readonly connections: number;
}

/** What the pool held at first, and what exports have a right to leave there. */
export class Ledger {
  #first: PoolLook | undefined;
  #forgiven = new Set<string>();
  /** Snapshots that finished exports may keep: with their data, or their change metadata alone. */
  readonly kept = new Map<string, 'data' | 'changes'>();

  async look(control: Control): Promise<PoolLook> {
    const all = <T>(schema: z.ZodType<T>, name: string): Promise<Record<string, T>> =>
      control.call(z.record(z.string(), schema), `${name}.get_all_records`);
    const [vms, vdis, vbds, tasks] = [
      await all(vmSchema, 'VM'),
      await all(vdiSchema, 'VDI'),
      await all(vbdSchema, 'VBD'),
      await all(taskSchema, 'task'),
    ];
    const open = await control.act(z.array(z.object({ open: z.number() })), 'nbd-connections');
    return {
      vms: Object.values(vms),
      vdis: Object.values(vdis),
      attachments: Object.values(vbds)
        .filter(({ VM }) => vms[VM]?.is_control_domain)
        .map(({ uuid }) => uuid),
      tasks: Object.values(tasks)
        .map(({ name_label }) => name_label)
        .filter((name) => /deltascope/i.test(name)),
      connections: open.reduce((sum, host) => sum + host.open, 0),
    };
  }

  begin(look: PoolLook): void {
    this.#first = look;
  }

  /** Takes the pool as it is from now on, so that what was found once is not found again. */
  forgive(look: PoolLook): void {
    for (const uuid of this.kept.keys())
      if (!look.vdis.some((vdi) => vdi.uuid === uuid)) this.kept.delete(uuid);
    this.#forgiven = new Set(look.tasks);
    // What is ours may still go as later exports supersede it.
    this.begin({ ...look, vdis: look.vdis.filter((vdi) => !isOurs(vdi)) });
  }

  /** What is there and should not be, or is gone and should be there; in sentences. */
  faults({ vms, vdis, attachments, tasks, connections }: PoolLook): string[] {
    const first = this.#first!;
    const found: string[] = [];
    const marked = vdis.filter(isOurs);
    for (const { uuid, type, other_config } of marked) {
      const expected = this.kept.get(uuid);
      const data = type !== 'cbt_metadata';
      if (expected === undefined || !('deltascope:kept' in other_config))
        found.push(`snapshot ${uuid} is left over`);
      else if (data !== (expected === 'data'))
        found.push(`snapshot ${uuid} should keep its ${expected}, and is of type ${type}`);
    }
    for (const [uuid, what] of this.kept)
      if (what === 'data' && !vdis.some((vdi) => vdi.uuid === uuid))
        found.push(`kept snapshot ${uuid} is gone`);
    for (const vm of vms) {
      const old = first.vms.find(({ uuid }) => uuid === vm.uuid);
      if (!old && !('deltascope:kept' in vm.other_config))
        found.push(`VM snapshot ${vm.name_label} is left over`);
      if (old && Object.keys(vm.blocked_operations).length > Object.keys(old.blocked_operations).length)
        found.push(`VM ${vm.name_label} still has ${Object.keys(vm.blocked_operations).join(', ')} blocked`);
    }
    const unmarked = vdis.filter(
      (vdi) => !marked.includes(vdi) && !first.vdis.some(({ uuid }) => uuid === vdi.uuid),
    );
    for (const { uuid } of unmarked) found.push(`disk ${uuid} without our mark is left over`);
    const gone = [...first.vms, ...first.vdis].filter(
      ({ uuid }) => ![...vms, ...vdis].some((one) => one.uuid === uuid),
    );
    for (const { uuid, name_label } of gone) found.push(`${name_label} (${uuid}), not ours, is gone`);
    if (attachments.length > first.attachments.length)
      found.push('a disk is left attached to a control domain');
    for (const task of tasks) if (!this.#forgiven.has(task)) found.push(`task "${task}" is left over`);
    if (connections > 0) found.push(`${connections} NBD connections are open`);
    return found;
  }
}
