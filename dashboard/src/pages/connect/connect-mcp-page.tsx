import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { z } from 'zod'
import { authApi } from '../../api/auth-api.ts'
import { Button } from '../../components/button.tsx'
import { CheckField, SelectField, TextField } from '../../components/field.tsx'
import { Page } from '../../components/page.tsx'
import { ErrorState, FailureNote, LoadingRows } from '../../components/states.tsx'
import { useFilters } from '../../frame/use-filters.ts'
import { useCurrentWorkspace, useWorkspaces } from '../../frame/workspaces.tsx'

const Search = z.object({
  client_id: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_challenge: z.string().optional(),
  state: z.string().optional(),
})
const Client = z.object({ client_name: z.string(), redirect_host: z.string() })
const Approved = z.object({ redirect_to: z.string() })

/** Asks whether an MCP client gets a key of its own. */
export function ConnectMcpPage() {
  const [{ client_id, redirect_uri }] = useFilters(Search)
  const client = useQuery({
    queryKey: ['mcp-client', client_id, redirect_uri],
    queryFn: () => authApi('POST', '/mcp/look', { body: { client_id, redirect_uri }, answer: Client }),
    retry: false,
  })
  if (client.isError)
    return (
      <Page title="Connect a client">
        <ErrorState error={client.error} retry={() => void client.refetch()} what="the client" />
      </Page>
    )
  if (client.data === undefined)
    return (
      <Page title="Connect a client">
        <LoadingRows label="the client" rows={3} />
      </Page>
    )
  const { client_name: name, redirect_host: host } = client.data
  return (
    <Page
      title={`Connect ${name}`}
      description={`It wants a key of yours, to use Switchyard for you. It waits at ${host}. Its name is what it calls itself: approve only what you have just started.`}
    >
      <ApproveForm name={name} />
    </Page>
  )
}

function ApproveForm({ name }: { name: string }) {
  const [{ client_id, redirect_uri, code_challenge, state }] = useFilters(Search)
  const workspaces = useWorkspaces()
  const [workspaceId, setWorkspaceId] = useState(useCurrentWorkspace()?.id ?? '')
  const [limit, setLimit] = useState('10')
  const [mayAdminister, setMayAdminister] = useState(false)
  const approve = useMutation({
    mutationFn: () => {
      const given = { client_id, redirect_uri, code_challenge, ...(state !== undefined && { state }) }
      const chosen = { workspace_id: workspaceId, limit_usd: Number(limit), may_administer: mayAdminister }
      return authApi('POST', '/mcp/approve', { body: { ...given, ...chosen }, answer: Approved })
    },
    onSuccess: ({ redirect_to }) => location.assign(redirect_to),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        approve.mutate()
      }}
      className="flex max-w-md flex-col gap-4"
    >
      <SelectField
        label="Workspace"
        choices={workspaces.map((workspace) => ({ value: workspace.id, label: workspace.name }))}
        value={workspaceId}
        onChange={(event) => setWorkspaceId(event.target.value)}
      />
      <TextField
        label="It may spend at most"
        unit="$"
        type="number"
        min="0"
        step="any"
        required
        hint="In US dollars, within the 7 days that the key lives."
        value={limit}
        onChange={(event) => setLimit(event.target.value)}
      />
      <CheckField
        label="It may administer, too"
        hint={`${name} may then do whatever you may: make keys, change budgets, invite people.`}
        checked={mayAdminister}
        onChange={(event) => setMayAdminister(event.target.checked)}
      />
      <FailureNote error={approve.error} />
      <Button type="submit" look="primary" isBusy={approve.isPending || approve.isSuccess}>
        Approve
      </Button>
    </form>
  )
}
