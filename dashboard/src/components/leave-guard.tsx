import { useBlocker } from '@tanstack/react-router'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'

/** Asks before somebody leaves a page on which something was changed and not saved. */
export function LeaveGuard({ isUnsaved }: { isUnsaved: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: () => isUnsaved,
    enableBeforeUnload: () => isUnsaved,
    withResolver: true,
  })
  const stay = () => blocker.reset?.()
  return (
    <Dialog title="Leave without saving?" isOpen={blocker.status === 'blocked'} onClose={stay}>
      <p>What you changed on this page is not saved.</p>
      <DialogActions>
        <Button autoFocus onClick={stay}>
          Stay
        </Button>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  )
}
