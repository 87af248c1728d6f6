/** What a client that follows a stream of chat completions has at its end. */
export interface Gathered {
  role: unknown
  content: string
  reasoning: string
  details: Record<string, unknown>[]
  toolCalls: { id: unknown; name: string; arguments: string }[]
  finishReasons: unknown[]
  nativeFinishReasons: unknown[]
}

interface Delta {
  role?: string
  content?: string
  reasoning?: string
  reasoning_details?: Record<string, unknown>[]
  tool_calls?: { index: number; id?: string; function: { name?: string; arguments?: string } }[]
}

/** Of the first choice. */
export function gatherChunks(chunks: readonly unknown[]): Gathered {
  const gathered: Gathered = {
    role: undefined,
    content: '',
    reasoning: '',
    details: [],
    toolCalls: [],
    finishReasons: [],
    nativeFinishReasons: [],
  }
  for (const chunk of chunks) {
    const { choices } = chunk as { choices: Record<string, unknown>[] }
    for (const choice of choices.filter(({ index }) => index === 0)) addChoice(gathered, choice)
  }
  return gathered
}

function addChoice(gathered: Gathered, choice: Record<string, unknown>): void {
  const delta = choice['delta'] as Delta
  gathered.role ??= delta.role
  gathered.content += delta.content ?? ''
  gathered.reasoning += delta.reasoning ?? ''
  gathered.details.push(...(delta.reasoning_details ?? []))
  for (const { index, id, function: part } of delta.tool_calls ?? []) {
    gathered.toolCalls[index] ??= { id, name: '', arguments: '' }
    const call = gathered.toolCalls[index]
    call.name += part.name ?? ''
    call.arguments += part.arguments ?? ''
  }
  if (choice['finish_reason'] === null) return
  gathered.finishReasons.push(choice['finish_reason'])
  gathered.nativeFinishReasons.push(choice['native_finish_reason'])
}
