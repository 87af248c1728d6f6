import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { createWorkspace, listWorkspaces } from '../../../../src/contract/management/workspaces.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Page } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toast } from '../../components/toast.tsx'
import { toSlug } from '../../format/slug.ts'

const FUNDING = [
  { value: 'shared', label: 'Draws on the balance of the organization' },
  { value: 'reserved', label: 'Draws on it, with an amount kept for this workspace' },
  { value: 'dedicated', label: 'Has a balance of its own, filled by transfers' },
] as const
type Funding = (typeof FUNDING)[number]['value']

/** A place of its own for a team: keys, members, guardrails, budgets. */
export function NewWorkspacePage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [slug, setSlug] = useState<string>()
  const [funding, setFunding] = useState<Funding>('shared')
  const [reserved, setReserved] = useState('')
  const create = useChange(createWorkspace, {
    refreshes: [listWorkspaces],
    onDone: ({ data }) => {
      toast(`${data.name} is there.`)
      void navigate({ to: `/workspaces/${data.slug}` })
    },
  })
  const shown = slug ?? toSlug(name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({
      name: name.trim(),
      slug: shown,
      credit_pool: funding === 'dedicated' ? 'dedicated' : 'shared',
      ...(funding === 'reserved' ? { reserved_usd: Number(reserved) } : {}),
    })
  }
  return (
    <Page
      title="New workspace"
      description="A place of its own for a team or an environment: nothing of it is seen in others."
    >
      <form onSubmit={submit} className="flex max-w-[520px] flex-col gap-4">
        <TextField
          label="Name"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Slug"
          hint={`Its address: ${location.origin}/workspaces/${shown === '' ? '…' : shown}`}
          required
          maxLength={50}
          pattern="[a-z0-9]+(-[a-z0-9]+)*"
          isMono
          value={shown}
          onChange={(event) => setSlug(event.target.value)}
        />
        <SelectField
          label="How it is paid for"
          value={funding}
          onChange={(event) => setFunding(event.target.value as Funding)}
          choices={FUNDING}
        />
        {funding === 'reserved' ? (
          <TextField
            label="Kept for it"
            unit="$"
            type="number"
            min="0"
            step="any"
            required
            value={reserved}
            onChange={(event) => setReserved(event.target.value)}
          />
        ) : null}
        <FailureNote error={create.error} />
        <div>
          <Button data-operation={createWorkspace.id} type="submit" look="primary" isBusy={create.isPending}>
            Create the workspace
          </Button>
        </div>
      </form>
    </Page>
  )
}
