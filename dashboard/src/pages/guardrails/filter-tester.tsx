import { type FormEvent, useState } from 'react'
import { GUARDRAIL_PREVIEW_OPERATIONS } from '../../../../src/contract/management/guardrail-previews.ts'
import { useChange } from '../../api/use-operation.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'

const TONES: Readonly<Record<string, Tone>> = { block: 'bad', redact: 'attention', flag: 'attention', none: 'good' }
const WORDS: Readonly<Record<string, string>> = {
  block: 'Refused',
  redact: 'Sent on, redacted',
  flag: 'Sent on, noted',
  none: 'Sent on as it is',
  timed_out: 'Took too long',
}

/** What the filters would do with a text; nothing is sent anywhere. */
export function FilterTester({ id }: { id: string }) {
  const [text, setText] = useState('')
  const test = useChange(GUARDRAIL_PREVIEW_OPERATIONS.testGuardrail, { refreshes: [] })
  const result = test.data?.data
  const submit = (event: FormEvent) => {
    event.preventDefault()
    test.mutate({ id, text })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextArea
        label="A prompt"
        hint="Nothing is sent to a provider."
        required
        maxLength={8192}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div>
        <Button data-operation={GUARDRAIL_PREVIEW_OPERATIONS.testGuardrail.id} type="submit" isBusy={test.isPending}>
          Try
        </Button>
      </div>
      <FailureNote error={test.error} />
      {result === undefined ? null : (
        <div role="status" className="flex flex-col gap-2">
          <p className="flex items-center gap-2">
            <Badge tone={TONES[result.action] ?? 'plain'}>{WORDS[result.action]}</Badge>
            {result.refusal?.message}
          </p>
          {result.text === null ? null : (
            <p className="rounded-md bg-raised px-3 py-2 break-words whitespace-pre-wrap">{result.text}</p>
          )}
          <ul className="flex flex-col gap-1 text-sm">
            {result.findings.map(({ filter, match, action, start }) => (
              <li key={`${filter}-${start}`}>
                <code className="font-mono">{match}</code>{' '}
                <span className="text-muted">
                  ({filter}, {action})
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  )
}
