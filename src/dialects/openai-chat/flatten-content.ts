import { asObject, asText } from '../json-fields.ts'

/** A content in parts as text, as official clients expect it in answers, and the thoughts among the parts as reasoning: models of
 *  Mistral that think answer so. */
export function flattenContent(message: Record<string, unknown>): void {
  const { content } = message
  if (!Array.isArray(content)) return
  const parts = content.map((part) => asObject(part) ?? {})
  message['content'] = parts.map((part) => asText(part['text']) ?? '').join('')
  const thoughts = parts.map(({ thinking }) => textOf(thinking)).join('')
  if (thoughts !== '' && message['reasoning'] === undefined) message['reasoning'] = thoughts
}

function textOf(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking
  if (!Array.isArray(thinking)) return ''
  return thinking.map((part) => asText(asObject(part)?.['text']) ?? '').join('')
}
