import { X } from 'lucide-react'
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useId, useRef, useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { classNames } from './class-names.ts'

interface DialogProps {
  title: string
  description?: ReactNode
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  /** `side`: a sheet at the right edge, for details beside a list; `left`: the rail on small screens. */
  place?: 'middle' | 'side' | 'left'
  size?: 'normal' | 'wide'
  /** Kept open by clicks beside it: for what would be lost. */
  isInsistent?: boolean
  /** Closes without a question, whatever was typed: what stands in it is nobody's work. */
  isForgetful?: boolean
}

const PLACES = {
  middle: 'm-auto max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] rounded-md border',
  side: 'my-0 mr-0 ml-auto h-dvh max-h-dvh w-full max-w-full border-l',
  left: 'my-0 mr-auto ml-0 h-dvh max-h-dvh w-[264px] max-w-[85vw] border-r',
}
const WIDTHS = { normal: 'sm:max-w-[520px]', wide: 'sm:max-w-[720px]' }

const AroundContext = createContext<HTMLDialogElement | undefined>(undefined)

/** Where what floats must be put to be above an open dialog; undefined outside of one. */
export function useDialogAround(): HTMLDialogElement | undefined {
  return useContext(AroundContext)
}

/**
 * The browser's own modal dialog: it keeps the focus inside, closes on Escape and gives the focus back. Where something was
 * typed into a form of it, it asks before it closes; what leaves at once is a button that says so.
 */
export function Dialog({ place = 'middle', size = 'normal', isInsistent = false, ...props }: DialogProps) {
  const { title, description, isOpen, isForgetful = place !== 'middle', onClose, children } = props
  const [dialog, setDialog] = useState<HTMLDialogElement | null>(null)
  const id = useId()
  const unsaved = useUnsaved(dialog, isOpen && !isForgetful)
  const close = () => {
    if (!unsaved.ask()) onClose()
  }
  useEffect(() => {
    if (isOpen && dialog?.open === false) dialog.showModal()
    if (!isOpen && dialog?.open === true) dialog.close()
  }, [isOpen, dialog])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it, and so does Escape.
    <dialog
      ref={setDialog}
      aria-labelledby={`${id}-title`}
      {...(description === undefined ? {} : { 'aria-describedby': `${id}-description` })}
      onInput={unsaved.note}
      onCancel={(event) => {
        if (event.target === event.currentTarget && unsaved.ask()) event.preventDefault()
      }}
      onClose={(event) => {
        // React hands the event on to a dialog around this one, which stays open.
        if (event.target !== event.currentTarget) return
        // A browser doesn't let a page refuse Escape twice in a row.
        if (isOpen && unsaved.ask()) event.currentTarget.showModal()
        else onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog && !isInsistent) close()
      }}
      className={classNames(
        'flex-col overflow-hidden border-line-strong bg-surface p-0 shadow-xl open:flex',
        PLACES[place],
        place !== 'left' && WIDTHS[size],
      )}
    >
      {isOpen ? (
        <AroundContext value={dialog ?? undefined}>
          <header className="flex items-start gap-4 border-b border-line px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <h2 id={`${id}-title`} className="text-lg font-semibold break-words">
                {title}
              </h2>
              {description === undefined ? null : (
                <p id={`${id}-description`} className="mt-0.5 text-sm text-muted">
                  {description}
                </p>
              )}
            </div>
            <IconButton label="Close" onClick={close} className="-mr-2">
              <X />
            </IconButton>
          </header>
          {unsaved.isAsking ? <Question onKeep={unsaved.keep} onDiscard={onClose} /> : null}
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </AroundContext>
      ) : null}
    </dialog>
  )
}

/** Whether something was typed into a form of the dialog that is still there, and the question before it is lost. */
function useUnsaved(dialog: HTMLDialogElement | null, isOn: boolean) {
  const touched = useRef<Element>(null)
  const [isAsking, setAsking] = useState(false)
  useEffect(() => {
    if (isOn) return
    touched.current = null
    setAsking(false)
  }, [isOn])
  return {
    isAsking,
    note: (event: FormEvent) => {
      const { target } = event
      if (!isOn || !(target instanceof Element) || target.closest('dialog') !== dialog) return
      if (target.getAttribute('type') !== 'search') touched.current = target.closest('form') ?? touched.current
    },
    /** Asks where there is something to lose, and tells whether it does. */
    ask: () => {
      const isLoss = isOn && touched.current?.isConnected === true
      if (isLoss) setAsking(true)
      return isLoss
    },
    keep: () => setAsking(false),
  }
}

function Question({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
  const id = useId()
  return (
    <div
      role="alertdialog"
      aria-labelledby={id}
      className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-accent-soft px-5 py-2.5"
    >
      <p id={id} className="font-medium text-accent-text">
        What you changed here is not saved.
      </p>
      <span className="flex gap-2">
        <Button size="small" autoFocus onClick={onKeep}>
          Keep editing
        </Button>
        <Button size="small" look="danger" onClick={onDiscard}>
          Discard
        </Button>
      </span>
    </div>
  )
}

/** The buttons at the end of a dialog's form. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>
}
