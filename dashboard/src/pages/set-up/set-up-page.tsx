import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { completeSetUp } from '../../../../src/contract/management/set-up.ts'
import { send } from '../../api/call.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton, Snippet } from '../../components/copy-text.tsx'
import { TextField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { NO_PERSON, PersonFields, personBody } from '../join/person-fields.tsx'
import { keySnippets } from '../keys/snippets.ts'
import { TestRequest } from '../keys/test-request.tsx'
import { Entrance } from '../sign-in/entrance.tsx'
import { useSignedIn } from '../sign-in/use-signed-in.ts'

const Search = z.object({ token: z.string().optional() })
/** It always answers and costs nothing. */
const FIRST_MODEL = 'sim/echo'

/** The first start: the first administrator, the first two keys and the first request. */
export function SetUpPage() {
  const [{ token = '' }] = useFilters(Search)
  const [email, setEmail] = useState('')
  const [person, setPerson] = useState(NO_PERSON)
  const setUp = useMutation({ mutationFn: () => complete({ token, email, ...personBody(person) }) })
  if (setUp.data !== undefined) return <Ready keys={setUp.data} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setUp.mutate()
  }
  return (
    <Entrance title="Set up Switchyard" description="You become the first administrator and get your first two keys.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PersonFields draft={person} onChange={setPerson} />
        <FailureNote error={setUp.error} />
        <Button type="submit" look="primary" isBusy={setUp.isPending}>
          Set up
        </Button>
      </form>
    </Entrance>
  )
}

type FirstKeys = z.output<typeof completeSetUp.output>['data']

function Ready({ keys: { inference_key, management_key } }: { keys: FirstKeys }) {
  const enter = useSignedIn('/')
  const { origin } = location
  return (
    <Entrance title="Ready" description="Keep these two keys now: they are not shown again.">
      <SecretField label="Inference key" hint="Calls models, in the workspace Default." value={inference_key} />
      <SecretField label="Management key" hint="Administers everything, and calls no model." value={management_key} />
      <TestRequest secret={inference_key} model={FIRST_MODEL} />
      <Tabs
        label="A first request"
        tabs={keySnippets({ origin, key: inference_key, model: FIRST_MODEL }).map(({ id, label, code }) => ({
          id,
          label,
          content: <Snippet label={label} code={code} />,
        }))}
      />
      <Button look="primary" onClick={() => void enter()}>
        I have kept them: to the dashboard
      </Button>
    </Entrance>
  )
}

function SecretField({ label, hint, value }: { label: string; hint: string; value: string }) {
  return (
    <div className="flex items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
      <div className="min-w-0 flex-1">
        <TextField label={label} readOnly isMono value={value} onFocus={(event) => event.currentTarget.select()} />
        <p className="mt-1 text-sm text-muted">{hint}</p>
      </div>
      <span className="self-start pt-6">
        <CopyButton text={value} />
      </span>
    </div>
  )
}

async function complete(body: Record<string, string>): Promise<FirstKeys> {
  const headers = { 'content-type': 'application/json' }
  const answer = await send('/setup', { method: 'POST', headers, body: JSON.stringify(body) })
  return completeSetUp.output.parse(answer).data
}
