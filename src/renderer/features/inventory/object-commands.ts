import { z } from 'zod';
import type { EditorInput, OpenOptions } from '../../platform/editors';
import { toObjectRef, type ObjectRef } from '../../platform/object-ref';
import { targetOf } from '../../workbench/object-context';
import type { Services } from '../../workbench/services';

const openOptionsSchema = z.object({
  preview: z.boolean().optional(),
  toSide: z.boolean().optional(),
  preserveFocus: z.boolean().optional(),
});

/** The editor that shows an object. A snapshot is shown on its disk, as the end of the interval. */
function editorOf(services: Services, ref: ObjectRef): EditorInput | undefined {
  const { poolId, uuid } = ref;
  switch (ref.kind) {
    case 'vm':
    case 'disk':
      return { type: ref.kind, params: { pool: poolId, [ref.kind]: uuid } };
    case 'snapshot': {
      const snapshot = services.inventory.pool(poolId)?.snapshots.get(uuid);
      return snapshot && { type: 'disk', params: { pool: poolId, disk: snapshot.diskUuid } };
    }
    case 'job':
      return { type: 'job', params: { id: uuid } };
    case 'pool':
      return undefined;
  }
}

/** Opening and naming objects of a pool. */
export function registerObjectCommands(services: Services): void {
  const { commands, editors, engine, layout, registries, diskInterval } = services;
  const category = 'Go';

  const open = (argument: unknown, options: OpenOptions): void => {
    const ref = targetOf(services, argument);
    const input = ref && editorOf(services, ref);
    if (ref === undefined || input === undefined) return;
    if (ref.kind === 'snapshot') diskInterval.end(ref.poolId, input.params['disk'], ref.uuid);
    editors.open(input, options);
  };
  commands.register(
    {
      id: 'object.open',
      title: 'Open',
      category,
      icon: 'go-to-file',
      when: "object.kind == 'vm' || object.kind == 'disk' || object.kind == 'snapshot' || object.kind == 'job'",
      run: (argument, options) => {
        const { preview, toSide, preserveFocus } = openOptionsSchema.safeParse(options).data ?? {};
        open(argument, {
          ...(preview === undefined ? {} : { preview }),
          ...(toSide === undefined ? {} : { toSide }),
          ...(preserveFocus === undefined ? {} : { preserveFocus }),
        });
      },
    },
    {
      id: 'object.openToSide',
      title: 'Open to the Side',
      category,
      icon: 'split-horizontal',
      when: "object.kind == 'vm' || object.kind == 'disk'",
      run: (argument) => open(argument, { toSide: true }),
    },
    {
      id: 'object.copyUuid',
      title: 'Copy UUID',
      category,
      icon: 'copy',
      when: "object.kind == 'vm' || object.kind == 'disk' || object.kind == 'snapshot'",
      run: async (argument) => {
        const ref = toObjectRef(argument) ?? services.selection.object();
        if (ref !== undefined) await engine.ask('clipboard.write', ref.uuid);
      },
    },
    {
      id: 'pools.collapseAll',
      title: 'Collapse All in the Pools View',
      category: 'View',
      icon: 'collapse-all',
      when: 'pools.any',
      run: () => layout.setState({ expanded: [] }),
    },
  );
  for (const kind of ['vm', 'disk', 'snapshot']) {
    registries.menus.register(
      { id: `${kind}/open`, menu: `tree/${kind}`, command: 'object.open', group: '1' },
      { id: `${kind}/openToSide`, menu: `tree/${kind}`, command: 'object.openToSide', group: '1', order: 1 },
      { id: `${kind}/copyUuid`, menu: `tree/${kind}`, command: 'object.copyUuid', group: '9' },
    );
  }
}
