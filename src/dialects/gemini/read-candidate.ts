import { asObject, asText } from '../json-fields.ts'
import { OWN_CALL_PREFIX, REASONING_FORMAT } from './encode-turns.ts'

/*
 * What one candidate says, in the words of chat completions: texts, thoughts, calls and images. Signatures of thoughts become
 * `reasoning_details`, by which `encode-turns.ts` finds the part again that they belong to.
 */

type Fields = Record<string, unknown>

/** The parts of one event or of a whole answer. */
export interface Said {
  content: string
  reasoning: string
  details: Fields[]
  calls: Fields[]
  images: Fields[]
}

const REFUSALS = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
])
const FAULTS = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'])

/** Reads one candidate, piece by piece. */
export class CandidateReader {
  readonly #index: number
  #calls = 0
  #details = -1
  #isInText = false

  constructor(index: number) {
    this.#index = index
  }

  /** `answerId` is the provider's, for ids of calls that have none. */
  read(candidate: Fields, answerId: string | null): Said {
    const said: Said = { content: '', reasoning: '', details: [], calls: [], images: [] }
    const parts = asObject(candidate['content'])?.['parts']
    if (!Array.isArray(parts)) return said
    for (const entry of parts) this.#readPart(asObject(entry) ?? {}, answerId, said)
    return said
  }

  /** The reason in the words of the wire. */
  finishReason(native: string): string {
    if (REFUSALS.has(native)) return 'content_filter'
    if (FAULTS.has(native)) return 'error'
    if (native === 'MAX_TOKENS') return 'length'
    return this.#calls > 0 ? 'tool_calls' : 'stop'
  }

  #readPart(part: Fields, answerId: string | null, said: Said): void {
    const signature = asText(part['thoughtSignature'])
    const text = asText(part['text'])
    if (part['thought'] === true) {
      said.reasoning += text ?? ''
      this.#addThought(text ?? '', signature, said)
      return
    }
    said.content += text ?? ''
    const call = asObject(part['functionCall'])
    const id = call === undefined ? undefined : this.#readCall(call, answerId, said)
    const data = asObject(part['inlineData'])
    if (data !== undefined) {
      const url = `data:${asText(data['mimeType']) ?? 'image/png'};base64,${asText(data['data']) ?? ''}`
      said.images.push({ type: 'image_url', image_url: { url } })
    }
    if (signature !== null) this.#addSignature(signature, id, said)
  }

  #readCall(call: Fields, answerId: string | null, said: Said): string {
    const id = asText(call['id']) || `${OWN_CALL_PREFIX}${answerId ?? ''}_${this.#index}_${this.#calls}`
    const named = { name: asText(call['name']) ?? '', arguments: JSON.stringify(call['args'] ?? {}) }
    said.calls.push({ index: this.#calls, id, type: 'function', function: named })
    this.#calls += 1
    return id
  }

  /** Thoughts in a row are one detail, whose number tells its pieces. */
  #addThought(text: string, signature: string | null, said: Said): void {
    if (!this.#isInText) this.#details += 1
    this.#isInText = signature === null
    const detail: Fields = { type: 'reasoning.text', text, format: REASONING_FORMAT, index: this.#details }
    if (signature !== null) detail['signature'] = signature
    said.details.push(detail)
  }

  #addSignature(data: string, id: string | undefined, said: Said): void {
    this.#details += 1
    this.#isInText = false
    const detail: Fields = { type: 'reasoning.encrypted', data, format: REASONING_FORMAT, index: this.#details }
    if (id !== undefined) detail['id'] = id
    said.details.push(detail)
  }
}

/** Why the question itself was blocked, or undefined when it wasn't. */
export function blockReasonOf(answer: Fields): string | undefined {
  const reason = asText(asObject(answer['promptFeedback'])?.['blockReason'])
  return reason === null || reason === 'BLOCK_REASON_UNSPECIFIED' ? undefined : reason
}
