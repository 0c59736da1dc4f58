import { useMemo } from 'react';
import { useStore } from 'zustand';
import { sameRef } from '../../platform/object-ref';
import { EmptyState, LoadingState } from '../../ui/states';
import { Tree } from '../../ui/tree/tree';
import { CommandButton } from '../../workbench/command-button';
import { objectContext } from '../../workbench/object-context';
import { useServices } from '../../workbench/use-services';
import { PoolsRowContent } from './pools-row';
import { menuOf } from './row-menu';
import { poolsRows, type PoolsRow } from './pool-rows';
import './inventory.css';

/** The tree of pools, VMs, disks and snapshots. */
export function PoolsView() {
  const { pools: store } = useServices();
  const { loaded, pools } = useStore(store);
  if (!loaded) return <LoadingState text="Reading the list of pools…" />;
  if (pools.length === 0) {
    return (
      <EmptyState
        icon="server-environment"
        title="No pool yet"
        text="Connect to an XCP-ng or XenServer pool, or look around on a demo pool that lives inside Deltascope."
      >
        <CommandButton command="pool.connect" kind="primary" />
        <CommandButton command="pool.openDemo" />
      </EmptyState>
    );
  }
  return <PoolsTree />;
}

/** A number that changes when rows come, go or move, however many objects there are. */
const useStructure = (): string =>
  useStore(useServices().inventory, ({ byPool }) =>
    [...byPool]
      .map(([id, { structureRevision, poolUuid }]) => `${id}/${poolUuid}/${structureRevision}`)
      .join(),
  );

/** Its name among the trees. */
const TREE = 'pools';

function PoolsTree() {
  const services = useServices();
  const { layout, inventory, selection, commands, contextMenu } = services;
  const pools = useStore(services.pools, (state) => state.pools);
  const expandedIds = useStore(layout, ({ expanded }) => expanded);
  const selected = useStore(selection, ({ object }) => object);
  const structure = useStructure();
  const focusedId = useStore(services.treeFocus, ({ rows: left }) => left.get(TREE));
  const rows = useMemo(
    () => poolsRows(pools, inventory.getState().byPool, new Set(expandedIds)),
    // The inventory changes in place; `structure` says when.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [pools, expandedIds, structure, inventory],
  );
  const selectedId = useMemo(() => {
    const focused = rows.find(({ id }) => id === focusedId);
    if (focused !== undefined && sameRef(focused.ref, selected)) return focusedId;
    return rows.find(({ ref }) => ref !== undefined && sameRef(ref, selected))?.id ?? focusedId;
  }, [rows, focusedId, selected]);

  const focus = (row: PoolsRow): void => {
    services.treeFocus.leaveAt(TREE, row.id);
    if (row.ref !== undefined) selection.select(row.ref);
  };
  const toggle = (row: PoolsRow, open: boolean): void =>
    layout.setState(({ expanded }) => ({
      expanded: open ? [...expanded, row.id] : expanded.filter((id) => id !== row.id),
    }));
  return (
    <Tree
      label="Pools"
      rows={rows}
      focusedId={selectedId}
      onFocus={focus}
      onToggle={toggle}
      onOpen={(row, { pinned, viaKeyboard }) => {
        const opens = row.kind !== 'pool' && row.kind !== 'loose';
        if (!opens) {
          if (!pinned) toggle(row, !row.expanded);
        } else if (row.ref !== undefined) {
          void commands.run('object.open', row.ref, {
            preview: !pinned,
            preserveFocus: !viaKeyboard && !pinned,
          });
        }
      }}
      onContextMenu={(row, { x, y }) => {
        const menu = menuOf(services, row);
        if (row.ref === undefined || menu === undefined) return;
        const returnFocus =
          document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
        contextMenu.show({
          menu,
          x,
          y,
          args: [row.ref],
          overlay: objectContext(services, row.ref),
          returnFocus,
        });
      }}
      renderRow={(row) => <PoolsRowContent row={row} />}
    />
  );
}
