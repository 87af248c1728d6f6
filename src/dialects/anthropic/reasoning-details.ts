import { asObject } from '../json-fields.ts'

/** How what Claude thought is marked in the chat completions format, so that it comes back to Claude alone. */
const FORMAT = 'anthropic-claude-v1'

/** A thought, or a piece of one; `index` tells thoughts of one answer apart. */
export function thoughtDetail(thought: { text?: string; signature?: string }, index: number): Record<string, unknown> {
  return { type: 'reasoning.text', ...thought, format: FORMAT, index }
}

export function redactedDetail(data: unknown, index: number): Record<string, unknown> {
  return { type: 'reasoning.encrypted', data, format: FORMAT, index }
}

/** Those that are of Claude, or don't tell whose they are. */
export function ownDetails(details: unknown): Record<string, unknown>[] {
  return (Array.isArray(details) ? details : []).flatMap((entry: unknown) => {
    const detail = asObject(entry)
    const format = detail?.['format'] ?? FORMAT
    return detail === undefined || format !== FORMAT ? [] : [detail]
  })
}
