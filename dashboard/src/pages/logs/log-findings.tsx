import { type FormEvent, useState } from 'react'
import { EXPLANATION_OPERATIONS, type FindingWire } from '../../../../src/contract/inference/explanations.ts'
import { FALSE_POSITIVE_OPERATIONS } from '../../../../src/contract/inference/false-positives.ts'
import { GUARDRAIL_OPERATIONS } from '../../../../src/contract/management/guardrails.ts'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import { useReach } from '../../access/session.tsx'
import { useChange } from '../../api/use-operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { personName, usePeople } from '../members/people.ts'

const REFRESHES = [
  EXPLANATION_OPERATIONS.getGenerationExplanation,
  LOG_OPERATIONS.listLogs,
  GUARDRAIL_OPERATIONS.listGuardrailFindings,
]
const KEY_HASH = /^[0-9a-f]{64}$/

interface LogFindingsProps {
  id: string
  findings: readonly FindingWire[]
  workspaceId: string | undefined
}

/** What content filters found, and whether somebody says that it was nothing. */
export function LogFindings({ id, findings, workspaceId }: LogFindingsProps) {
  const mayMark = useReach('guardrail:write', workspaceId) !== undefined
  if (findings.length === 0) return null
  return (
    <ul aria-label="What content filters found" className="flex flex-col gap-2">
      {findings.map((finding, place) => (
        // Findings of a request stay as they are, and their place is their name.
        <li key={`${finding.filter} ${place + 1}`} className="flex flex-col items-start gap-1">
          <FindingText finding={finding} />
          {finding.false_positive === null ? null : <Marked mark={finding.false_positive} />}
          {mayMark && finding.filter !== 'not_checked' ? (
            <MarkControl id={id} place={place} isMarked={finding.false_positive !== null} />
          ) : null}
        </li>
      ))}
    </ul>
  )
}

function FindingText({ finding: { filter, action, count, guardrail } }: { finding: FindingWire }) {
  return (
    <p className="text-muted">
      Filter <code className="font-mono text-sm">{filter}</code> found {count} and would {action}
      {guardrail === null ? '' : `, by “${guardrail.name}”`}.
    </p>
  )
}

function Marked({ mark: { marked_at, marked_by, comment } }: { mark: NonNullable<FindingWire['false_positive']> }) {
  const people = usePeople(marked_by !== null && !KEY_HASH.test(marked_by))
  return (
    <p className="text-sm text-muted">
      <Badge tone="attention">False positive</Badge> <When iso={marked_at} />
      {marked_by === null ? '' : `, by ${authorName(marked_by, people.data)}`}
      {comment === null ? '' : `: “${comment}”`}
    </p>
  )
}

function authorName(author: string, people: Parameters<typeof personName>[0]): string {
  return KEY_HASH.test(author) ? `the key ${author.slice(0, 12)}…` : personName(people, author)
}

function MarkControl({ id, place, isMarked }: { id: string; place: number; isMarked: boolean }) {
  const [isOpen, setOpen] = useState(false)
  const takeBack = useChange(FALSE_POSITIVE_OPERATIONS.unmarkFalsePositive, {
    refreshes: REFRESHES,
    onDone: () => toast('Taken back.'),
  })
  if (isOpen && !isMarked) return <MarkForm id={id} place={place} onClose={() => setOpen(false)} />
  return (
    <>
      {isMarked ? (
        <Button
          size="small"
          data-operation={FALSE_POSITIVE_OPERATIONS.unmarkFalsePositive.id}
          isBusy={takeBack.isPending}
          onClick={() => takeBack.mutate({ id, finding: place })}
        >
          Take back
        </Button>
      ) : (
        <Button
          size="small"
          data-operation={FALSE_POSITIVE_OPERATIONS.markFalsePositive.id}
          onClick={() => setOpen(true)}
        >
          Mark false positive
        </Button>
      )}
      <FailureNote error={takeBack.error} />
    </>
  )
}

function MarkForm({ id, place, onClose }: { id: string; place: number; onClose: () => void }) {
  const [comment, setComment] = useState('')
  const mark = useChange(FALSE_POSITIVE_OPERATIONS.markFalsePositive, {
    refreshes: REFRESHES,
    onDone: () => {
      toast('Marked.')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const said = comment.trim()
    mark.mutate({ id, finding: place, ...(said === '' ? {} : { comment: said }) })
  }
  return (
    <form onSubmit={submit} className="flex w-full flex-col gap-2">
      <TextField
        label="Why it was none (optional)"
        maxLength={1_000}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
      />
      <div className="flex gap-2">
        <Button
          type="submit"
          size="small"
          look="primary"
          data-operation={FALSE_POSITIVE_OPERATIONS.markFalsePositive.id}
          isBusy={mark.isPending}
        >
          Mark
        </Button>
        <Button size="small" look="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
      <FailureNote error={mark.error} />
    </form>
  )
}
