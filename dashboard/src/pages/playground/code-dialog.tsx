import { useState } from 'react'
import { Snippet } from '../../components/copy-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { bodyOnScreen, type Conversation, type Draft, type Lane } from './conversation.ts'
import { requestCode, withoutLongData } from './request-code.ts'

interface CodeDialogProps {
  conversation: Conversation
  draft: Draft
  isOpen: boolean
  onClose: () => void
}

/** The request on the screen as programs send it. */
export function CodeDialog({ isOpen, onClose, ...rest }: CodeDialogProps) {
  return (
    <Dialog
      title="View as code"
      description="The same request as a program sends it: what you are writing now, else what was sent last. Put a key of your own into OPENROUTER_API_KEY; the one of this page is not in it."
      size="wide"
      isOpen={isOpen}
      onClose={onClose}
    >
      {isOpen ? <Code {...rest} /> : null}
    </Dialog>
  )
}

function Code({ conversation, draft }: { conversation: Conversation; draft: Draft }) {
  const { lanes } = conversation
  const [chosen, setChosen] = useState(lanes[0]?.id ?? '')
  const lane: Lane | undefined = lanes.find(({ id }) => id === chosen) ?? lanes[0]
  if (lane === undefined) return null
  return (
    <div className="flex flex-col gap-4">
      {lanes.length < 2 ? null : (
        <SelectField
          label="Model"
          value={lane.id}
          onChange={(event) => setChosen(event.target.value)}
          choices={lanes.map(({ id, model }) => ({ value: id, label: model }))}
        />
      )}
      <Tabs
        label="Language"
        tabs={requestCode(location.origin, bodyOnScreen(conversation, lane, draft)).map(({ id, label, code }) => ({
          id,
          label,
          content: <CodeText label={label} code={code} />,
        }))}
      />
    </div>
  )
}

function CodeText({ label, code }: { label: string; code: string }) {
  const shown = withoutLongData(code)
  return (
    <>
      <Snippet label={label} code={code} shown={shown} />
      {shown === code ? null : (
        <p className="mt-2 text-sm text-muted">Images are shortened here; Copy takes them whole.</p>
      )}
    </>
  )
}
