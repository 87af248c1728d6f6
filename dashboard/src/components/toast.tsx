import { useEffect, useRef, useSyncExternalStore } from 'react'

const SHOWN_MS = 4_000
const listeners = new Set<() => void>()
let shown: { id: number; text: string } | undefined

/** Says in a line what has just been done. */
export function toast(text: string): void {
  const id = (shown?.id ?? 0) + 1
  shown = { id, text }
  tell()
  setTimeout(() => {
    if (shown?.id === id) clear()
  }, SHOWN_MS)
}

function clear(): void {
  shown = undefined
  tell()
}

function tell(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where it is said: above everything, dialogs included. */
export function Toaster() {
  const current = useSyncExternalStore(subscribe, () => shown)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    if (element.matches(':popover-open')) element.hidePopover()
    if (current !== undefined) element.showPopover()
  }, [current])
  return (
    <div
      ref={box}
      popover="manual"
      role="status"
      className="inset-auto right-4 bottom-4 m-0 max-w-[calc(100vw-32px)] rounded-md border border-line-strong bg-ink px-4 py-2.5 text-canvas shadow-lg"
    >
      {current?.text}
    </div>
  )
}
