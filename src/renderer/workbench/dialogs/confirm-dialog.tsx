import { useStore } from 'zustand';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useServices } from '../use-services';

/** Asks before something that cannot be undone. The safe button has the focus. */
export function ConfirmDialog() {
  const { dialogs } = useServices();
  const open = useStore(dialogs, (state) => state.open);
  if (open?.kind !== 'confirm') return null;
  const { title, message, action, danger, answer } = open;
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
      {null}
    </Dialog>
  );
}
