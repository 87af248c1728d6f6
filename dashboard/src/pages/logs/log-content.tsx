import { useState } from 'react'
import {
  FEEDBACK_CATEGORIES,
  type FeedbackCategory,
  GENERATION_CONTENT_OPERATIONS,
} from '../../../../src/contract/inference/generation-content.ts'
import { useReach } from '../../access/session.tsx'
import { RequestFailed } from '../../api/request-failed.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Snippet } from '../../components/copy-text.tsx'
import { SelectField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'

/** What was asked and answered, for those who may read it, and what people think of it. */
export function LogContent({ generationId, workspaceId }: { generationId: string; workspaceId: string | undefined }) {
  const mayRead = useReach('io-log:read', workspaceId) !== undefined
  return (
    <>
      {mayRead ? <Content id={generationId} /> : null}
      <Feedback generationId={generationId} />
    </>
  )
}

function Content({ id }: { id: string }) {
  const content = useOperation(GENERATION_CONTENT_OPERATIONS.listGenerationContent, { id })
  const isNotKept = content.error instanceof RequestFailed && content.error.status === 404
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Request and answer</h3>
      {isNotKept ? (
        <p className="text-muted">
          Not kept: logging of inputs and outputs is off for this workspace, or was sampled out.
        </p>
      ) : (
        <Loaded query={content} what="the content" rows={2}>
          {({ data }) => (
            <>
              <Snippet label="Request" code={JSON.stringify(data.input, null, 2)} />
              <Snippet label="Answer" code={JSON.stringify(data.output, null, 2)} />
            </>
          )}
        </Loaded>
      )}
    </section>
  )
}

function Feedback({ generationId }: { generationId: string }) {
  const [category, setCategory] = useState<FeedbackCategory>('incorrect_response')
  const send = useChange(GENERATION_CONTENT_OPERATIONS.submitGenerationFeedback, {
    refreshes: [],
    onDone: () => toast('Noted.'),
  })
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Something wrong with it?</h3>
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-52">
          <SelectField
            label="What was wrong"
            isLabelHidden
            value={category}
            onChange={(event) => setCategory(event.target.value as FeedbackCategory)}
            choices={FEEDBACK_CATEGORIES.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
          />
        </div>
        <Button
          data-operation={GENERATION_CONTENT_OPERATIONS.submitGenerationFeedback.id}
          isBusy={send.isPending}
          onClick={() => send.mutate({ generation_id: generationId, category })}
        >
          Send feedback
        </Button>
      </div>
      <FailureNote error={send.error} />
    </section>
  )
}
