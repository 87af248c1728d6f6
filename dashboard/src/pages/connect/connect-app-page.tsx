import { useMutation } from '@tanstack/react-query'
import { Unplug } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { OAUTH_OPERATIONS } from '../../../../src/contract/management/oauth.ts'
import { call } from '../../api/call.ts'
import { Button } from '../../components/button.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { useCurrentWorkspace, useWorkspaces } from '../../frame/workspaces.tsx'

const Search = z.object({
  callback_url: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.enum(['S256', 'plain']).optional(),
  key_label: z.string().max(100).optional(),
})

/** Asks whether an app gets a key: the page of OAuth PKCE. */
export function ConnectAppPage() {
  const [{ callback_url: callbackUrl }] = useFilters(Search)
  if (callbackUrl === undefined || !URL.canParse(callbackUrl))
    return (
      <Page title="Connect an app">
        <EmptyState icon={Unplug} title="No app">
          The app that sent you here did not say where it waits for an answer.
        </EmptyState>
      </Page>
    )
  return <ConsentPage callbackUrl={callbackUrl} />
}

function ConsentPage({ callbackUrl }: { callbackUrl: string }) {
  const [{ code_challenge, code_challenge_method, key_label }] = useFilters(Search)
  const { host } = new URL(callbackUrl)
  const workspaces = useWorkspaces()
  const [workspaceId, setWorkspaceId] = useState(useCurrentWorkspace()?.id ?? '')
  const [limit, setLimit] = useState('')
  const approve = useMutation({
    mutationFn: () =>
      call(OAUTH_OPERATIONS.createAuthKeysCode, {
        callback_url: callbackUrl,
        workspace_id: workspaceId,
        ...(code_challenge !== undefined && { code_challenge }),
        ...(code_challenge_method !== undefined && { code_challenge_method }),
        ...(key_label !== undefined && { key_label }),
        ...(limit !== '' && { limit: Number(limit) }),
      }),
    onSuccess: ({ data }) => {
      const back = new URL(callbackUrl)
      back.searchParams.set('code', data.id)
      location.assign(back.toString())
    },
  })
  return (
    <Page
      title={`Connect ${host}`}
      description={`${host} wants a key of yours, to call models for you. What it spends counts on the workspace you choose.`}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          approve.mutate()
        }}
        className="flex max-w-md flex-col gap-4"
      >
        <SelectField
          label="Workspace"
          choices={workspaces.map(({ id, name }) => ({ value: id, label: name }))}
          value={workspaceId}
          onChange={(event) => setWorkspaceId(event.target.value)}
        />
        <TextField
          label="It may spend at most"
          unit="$"
          type="number"
          min="0"
          step="any"
          hint="In US dollars. Left empty, only the workspace's budgets hold it back."
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
        <FailureNote error={approve.error} />
        <Button
          data-operation={OAUTH_OPERATIONS.createAuthKeysCode.id}
          type="submit"
          look="primary"
          isBusy={approve.isPending || approve.isSuccess}
        >
          Approve
        </Button>
      </form>
    </Page>
  )
}
