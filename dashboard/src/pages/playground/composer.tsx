import { ImagePlus, Send, Square, X } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { messageOf } from '../../api/request-failed.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import type { Draft, Image } from './conversation.ts'
import { IMAGE_TYPES, IMAGES_MAX, readImages } from './read-image.ts'

interface ComposerProps {
  draft: Draft
  onDraft: (draft: Draft) => void
  /** What keeps it from being sent beside that nothing is written; undefined where nothing does. */
  obstacle: string | undefined
  isRunning: boolean
  onSend: () => void
  onStop: () => void
}

/** Where the next message is written. */
export function Composer({ draft, onDraft, obstacle, isRunning, onSend, onStop }: ComposerProps) {
  const [fault, setFault] = useState<string>()
  const files = useRef<HTMLInputElement>(null)
  const isEmpty = draft.text.trim() === '' && draft.images.length === 0
  const maySend = !isEmpty && !isRunning && obstacle === undefined
  const attach = async (chosen: readonly File[]) => {
    if (chosen.length === 0) return
    try {
      if (draft.images.length + chosen.length > IMAGES_MAX)
        throw new Error(`At most ${IMAGES_MAX} images in a message.`)
      const images = await readImages(chosen)
      onDraft({ ...draft, images: [...draft.images, ...images] })
      setFault(undefined)
    } catch (error) {
      setFault(messageOf(error))
    }
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (maySend) onSend()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (maySend) onSend()
      }}
      className="z-[1] flex flex-col gap-2 border-t border-line bg-canvas py-3 sm:sticky sm:bottom-0 print:hidden"
    >
      <Pictures images={draft.images} onChange={(images) => onDraft({ ...draft, images })} />
      <TextArea
        label="Message"
        isLabelHidden
        placeholder="Write a message"
        rows={2}
        dir="auto"
        value={draft.text}
        fault={fault ?? obstacle}
        onChange={(event) => onDraft({ ...draft, text: event.target.value })}
        onKeyDown={onKey}
        onPaste={(event) => void attach([...event.clipboardData.files])}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="flex items-center gap-2">
          <input
            ref={files}
            type="file"
            hidden
            multiple
            accept={IMAGE_TYPES.join(',')}
            aria-label="Images"
            onChange={(event) => {
              void attach([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
          <Button onClick={() => files.current?.click()}>
            <ImagePlus aria-hidden />
            Attach
          </Button>
          <span className="text-sm text-muted max-sm:hidden">Enter sends, Shift+Enter begins a line.</span>
        </span>
        {isRunning ? (
          <Button onClick={onStop}>
            <Square aria-hidden />
            Stop
          </Button>
        ) : (
          <Button type="submit" look="primary" disabled={!maySend}>
            <Send aria-hidden />
            Send
          </Button>
        )}
      </div>
    </form>
  )
}

/** What is attached, and each a way to take it off. */
function Pictures({ images, onChange }: { images: readonly Image[]; onChange: (images: Image[]) => void }) {
  if (images.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2">
      {images.map(({ name, url }, index) => (
        // The same picture may be attached twice.
        <li key={`${index}-${name}`} className="relative">
          <img src={url} alt={name} className="h-16 max-w-32 rounded-md border border-line object-cover" />
          <span className="absolute -top-2 -right-2 rounded-md bg-surface">
            <IconButton
              label={`Remove ${name}`}
              className="size-6"
              onClick={() => onChange(images.filter((_one, at) => at !== index))}
            >
              <X />
            </IconButton>
          </span>
        </li>
      ))}
    </ul>
  )
}
