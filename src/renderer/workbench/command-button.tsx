import type { ContextOverlay } from '../platform/context-keys';
import { keyText } from '../platform/key-bindings';
import { Button, type ButtonProps } from '../ui/button';
import { IconButton } from '../ui/icon-button';
import { useCommandEnabled, useServices } from './use-services';

export interface CommandButtonProps {
  readonly command: string;
  readonly args?: readonly unknown[];
  /** What is true of the object the button stands beside. */
  readonly overlay?: ContextOverlay;
  readonly kind?: ButtonProps['kind'];
  /** Instead of the command's title. */
  readonly title?: string;
  readonly withIcon?: boolean;
  /** Not there at all while the command cannot run. */
  readonly hideDisabled?: boolean;
}

/** A button that runs a command and is enabled when the command is. */
export function CommandButton(props: CommandButtonProps) {
  const { command, args = [], overlay, kind, title, withIcon = true, hideDisabled = false } = props;
  const { commands, platform } = useServices();
  const enabled = useCommandEnabled(command, overlay);
  const registered = commands.get(command);
  if (registered === undefined || (hideDisabled && !enabled)) return null;
  const keys = registered.keys?.[0];
  return (
    <Button
      kind={kind ?? 'secondary'}
      icon={withIcon ? registered.icon : undefined}
      disabled={!enabled}
      title={keys === undefined ? undefined : keyText(keys, platform)}
      data-command={command}
      onClick={() => void commands.run(command, ...args)}
    >
      {title ?? registered.title}
    </Button>
  );
}

/** The same as an icon with a tooltip. */
export function CommandIcon(
  props: Omit<CommandButtonProps, 'kind' | 'withIcon'> & { readonly tabIndex?: number },
) {
  const { command, args = [], overlay, title, hideDisabled = false, tabIndex } = props;
  const { commands, platform } = useServices();
  const enabled = useCommandEnabled(command, overlay);
  const registered = commands.get(command);
  if (registered === undefined || (hideDisabled && !enabled)) return null;
  const keys = registered.keys?.[0];
  return (
    <IconButton
      icon={registered.icon ?? 'circle-outline'}
      label={title ?? registered.title}
      keyText={keys === undefined ? undefined : keyText(keys, platform)}
      disabled={!enabled}
      data-command={command}
      {...(tabIndex === undefined ? {} : { tabIndex })}
      onClick={() => void commands.run(command, ...args)}
    />
  );
}
