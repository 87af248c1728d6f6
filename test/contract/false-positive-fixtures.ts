import { GUARDRAIL_OPERATIONS } from '../../src/contract/management/guardrails.ts'
import { newKey, newWorkspace } from './fixtures.ts'
import { newGuardrail } from './guardrail-fixtures.ts'
import { call, send } from './request.ts'

export const FALSE_POSITIVE_PATH = '/api/v1/generation/false-positive'

export interface Filtered {
  workspaceId: string
  guardrailId: string
  key: string
  /** Sends a text and returns the id that the log has it under: of the generation, or of the refused request. */
  say: (text: string) => Promise<string>
}

/** A key under a guardrail that flags projects, redacts mail addresses and blocks social security numbers. */
export async function newFiltered(): Promise<Filtered> {
  const { id: workspace_id } = await newWorkspace()
  const { key, data } = await newKey({ workspace_id })
  const { id } = await newGuardrail({
    workspace_id,
    content_filters: [{ pattern: 'PRJ-[0-9]+', action: 'flag', label: 'project' }],
    content_filter_builtins: [
      { slug: 'email', action: 'redact' },
      { slug: 'ssn', action: 'block' },
    ],
  })
  await call(GUARDRAIL_OPERATIONS.bulkAssignKeysToGuardrail, { id, key_hashes: [data.hash] })
  const say = async (content: string) => {
    const body = { model: 'sim/lorem', max_tokens: 5, messages: [{ role: 'user', content }] }
    const answer = await send('POST', '/api/v1/chat/completions', { key, body })
    return answer.status === 200 ? (answer.body as { id: string }).id : (answer.headers.get('x-request-id') ?? '')
  }
  return { workspaceId: workspace_id, guardrailId: id, key, say }
}
