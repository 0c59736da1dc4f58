import { vmRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';
import { useVm } from '../../workbench/use-objects';
import { VmEditor } from './vm-editor';

export function registerVm({ registries }: Services): void {
  registries.editors.register({
    id: 'vm',
    component: VmEditor,
    useTab: ({ pool = '', vm: uuid = '' }) => {
      const name = useVm(pool, uuid)?.name;
      return { title: name ?? 'VM', icon: 'vm', unknown: name === undefined };
    },
    object: ({ pool = '', vm = '' }) => vmRef(pool, vm),
  });
}
