import { DropdownMenu } from 'radix-ui';
import { Fragment } from 'react';
import { useStore } from 'zustand';
import { keyText } from '../platform/key-bindings';
import type { OpenContextMenu } from '../stores/context-menu';
import { Icon } from '../ui/icon';
import { afterClose } from './after-close';
import { useServices } from './use-services';
import './context-menu.css';

/** The menu that a right click, Shift+F10 or the menu key opens: commands that can run on what was clicked. */
export function ContextMenu() {
  const { contextMenu } = useServices();
  const open = useStore(contextMenu, (state) => state.open);
  return (
    <div role="region" aria-label="Context menu">
      {open !== undefined && <Menu key={`${open.x}/${open.y}/${open.menu}`} open={open} />}
    </div>
  );
}

function Menu({ open }: { open: OpenContextMenu }) {
  const { contextMenu, commands, registries, platform } = useServices();
  const items = registries
    .menuItems(open.menu)
    .filter(({ command }) => commands.isEnabled(command, open.overlay));
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(stays) => !stays && contextMenu.close()}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          tabIndex={-1}
          aria-label="Actions"
          className="ds-menu-anchor"
          style={{ left: open.x, top: open.y }}
        />
      </DropdownMenu.Trigger>

      <DropdownMenu.Content
        className="ds-menu"
        align="start"
        aria-label="Actions"
        collisionPadding={8}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          open.returnFocus?.focus();
        }}
      >
        {items.length === 0 && (
          <DropdownMenu.Item className="ds-menu-item" disabled>
            Nothing can be done here now
          </DropdownMenu.Item>
        )}
        {items.map(({ id, command: commandId, group }, index) => {
          const command = commands.get(commandId)!;
          const keys = command.keys?.[0];
          return (
            <Fragment key={id}>
              {index > 0 && items[index - 1].group !== group && (
                <DropdownMenu.Separator className="ds-menu-separator" />
              )}
              <DropdownMenu.Item
                className="ds-menu-item"
                data-command={commandId}
                onSelect={() => afterClose(() => void commands.run(commandId, ...open.args))}
              >
                {command.icon === undefined ? <span className="ds-menu-gap" /> : <Icon name={command.icon} />}
                <span>{command.title}</span>
                {keys !== undefined && <span className="ds-menu-keys">{keyText(keys, platform)}</span>}
              </DropdownMenu.Item>
            </Fragment>
          );
        })}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
