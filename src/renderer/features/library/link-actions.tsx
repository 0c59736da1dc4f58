import type { ContextOverlay } from '../../platform/context-keys';
import { IconButton } from '../../ui/icon-button';
import { CommandIcon } from '../../workbench/command-button';

const ACTIONS = [
  'library.verify',
  'library.restore',
  'library.flatten',
  'library.serve',
  'library.stopServing',
  'library.reveal',
];

export interface LinkActionsProps {
  readonly manifestPath: string;
  readonly overlay: ContextOverlay;
  readonly onMore: (button: HTMLElement) => void;
}

/** What can be done with a link: the usual as buttons, all of it in the menu. */
export function LinkActions({ manifestPath, overlay, onMore }: LinkActionsProps) {
  // Serving is one switch with two faces.
  const unusedServe = overlay['library.served'] === true ? 'library.serve' : 'library.stopServing';
  return (
    <span className="ds-chain-actions">
      {ACTIONS.map((command) => (
        <CommandIcon
          key={command}
          command={command}
          args={[manifestPath]}
          overlay={overlay}
          hideDisabled={command === unusedServe}
        />
      ))}
      <IconButton
        icon="ellipsis"
        label="More Actions…"
        aria-haspopup="menu"
        onClick={(event) => onMore(event.currentTarget)}
      />
    </span>
  );
}
