import { useStore } from 'zustand';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useServices } from '../use-services';

/** Asks before something that cannot be undone. The safe button has the focus. */
export function ConfirmDialog() {
  const { dialogs } = useServices();
  const open = useStore(dialogs, (state) => state.open);
  if (open?.kind !== 'confirm') return null;
  const { title, message, list, action, danger, answer } = open;
  return (
    <Dialog
      title={title}
      description={message}
      onClose={() => answer(false)}
      footer={
        <>
          <Button onClick={() => answer(false)} autoFocus>
            Cancel
          </Button>
          <Button kind={danger ? 'danger' : 'primary'} onClick={() => answer(true)}>
            {action}
          </Button>
        </>
      }
    >
      {list !== undefined && (
        <ul className="ds-dialog-list ds-selectable" tabIndex={0}>
          {list.map((entry, index) => (
            <li key={index}>{entry}</li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
