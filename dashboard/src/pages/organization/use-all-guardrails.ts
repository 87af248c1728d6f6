import { useQuery } from '@tanstack/react-query'
import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../../../src/contract/management/guardrails.ts'
import { call } from '../../api/call.ts'
import { useWorkspaces } from '../../frame/workspaces.tsx'

const WORKSPACES_MAX = 100

export interface PlacedGuardrail extends GuardrailWire {
  /** With its workspace, by which alone some differ. */
  title: string
}

/** Those of all workspaces, each with the name of its own. */
export function useAllGuardrails() {
  const workspaces = useWorkspaces().slice(0, WORKSPACES_MAX)
  return useQuery<PlacedGuardrail[]>({
    queryKey: [GUARDRAIL_OPERATIONS.listGuardrails.id, 'everywhere', workspaces.map(({ id }) => id)],
    queryFn: async () => {
      const found: PlacedGuardrail[] = []
      for (const { id, name: place } of workspaces) {
        const { data } = await call(GUARDRAIL_OPERATIONS.listGuardrails, { workspace_id: id, limit: 100 })
        found.push(...data.map((guardrail) => ({ ...guardrail, title: `${guardrail.name} (${place})` })))
      }
      return found
    },
  })
}
