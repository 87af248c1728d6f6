import { type ChatPart, type ChatTurn, type MediaPart, type ToolCall, textOf, unsaid } from '../chat-turns.ts'
import { parseExactly } from '../exact-json.ts'
import { asText } from '../json-fields.ts'

/*
 * A conversation in Gemini's words. What a model thought is signed; each signature goes back on the part that it came with, as
 * `reasoning_details` of an earlier answer tell it. Ids of calls that we made up stay here.
 */

type Part = Record<string, unknown>

export interface Content {
  role: 'user' | 'model'
  parts: Part[]
}

export const REASONING_FORMAT = 'google-gemini-v1'
/** Of ids of calls to which the provider gave none. */
export const OWN_CALL_PREFIX = 'gcall_'
/** What the provider takes in place of the signature of a call that another model made. */
const FOREIGN_CALL_SIGNATURE = 'skip_thought_signature_validator'

interface Conversation {
  contents: Content[]
  systemInstruction: { parts: Part[] } | undefined
}

/** `needsSignatures`: whether the model refuses calls without one. */
export function encodeTurns(turns: readonly ChatTurn[], needsSignatures: boolean): Conversation {
  const contents: Content[] = []
  const system: Part[] = []
  const names = new Map<string, string>()
  for (const turn of turns) {
    if (turn.role === 'system') system.push(...turn.parts.map(toPart))
    else if (turn.role === 'user') append(contents, 'user', turn.parts.map(toPart))
    else if (turn.role === 'tool') append(contents, 'user', toResultParts(turn, names.get(turn.toolCallId)))
    else {
      for (const call of turn.toolCalls) names.set(call.id, call.name)
      append(contents, 'model', toModelParts(turn, needsSignatures))
    }
  }
  if (system.length === 0) return { contents, systemInstruction: undefined }
  // Nothing but instructions is a question too.
  if (contents.length === 0) return { contents: [{ role: 'user', parts: system }], systemInstruction: undefined }
  return { contents, systemInstruction: { parts: system } }
}

/** Turns of one side in a row are one. */
function append(contents: Content[], role: Content['role'], parts: Part[]): void {
  if (parts.length === 0) return
  const last = contents.at(-1)
  if (last?.role === role) last.parts.push(...parts)
  else contents.push({ role, parts })
}

function toPart(part: ChatPart): Part {
  if (part.kind === 'text') return { text: part.text }
  const mimeType = part.contentType ?? defaultType(part)
  if (part.base64 !== null) return { inlineData: { mimeType, data: part.base64 } }
  return { fileData: { mimeType, fileUri: part.url } }
}

function defaultType({ kind, path }: MediaPart): string {
  const type = { image: 'image/jpeg', file: 'application/pdf', audio: 'audio/wav', video: 'video/mp4' }[kind]
  if (type === undefined) throw unsaid(path, 'has no known type')
  return type
}

function toResultParts(turn: ChatTurn, name: string | undefined): Part[] {
  if (name === undefined) throw unsaid('messages', `no message before calls the tool ${turn.toolCallId.slice(0, 100)}`)
  const text = textOf(turn)
  const response = parseExactly(text) ?? { result: text }
  const media = turn.parts.filter(({ kind }) => kind !== 'text').map(toPart)
  return [{ functionResponse: { ...idOf(turn.toolCallId), name, response } }, ...media]
}

function toModelParts(turn: ChatTurn, needsSignatures: boolean): Part[] {
  const signed = readSigned(turn)
  const parts = [...signed.thoughts, ...turn.parts.map(toPart)]
  if (signed.ofText !== null) {
    const last = parts.at(-1)
    if (last !== undefined && typeof last['text'] === 'string' && last['thought'] === undefined) {
      last['thoughtSignature'] = signed.ofText
    } else parts.push({ text: '', thoughtSignature: signed.ofText })
  }
  const calls = turn.toolCalls.map((call) => toCallPart(call, signed.ofCalls.get(call.id)))
  const [first] = calls
  if (needsSignatures && first !== undefined && first['thoughtSignature'] === undefined) {
    first['thoughtSignature'] = FOREIGN_CALL_SIGNATURE
  }
  return [...parts, ...calls]
}

function toCallPart({ id, name, input }: ToolCall, signature: string | undefined): Part {
  const part: Part = { functionCall: { ...idOf(id), name, args: input } }
  if (signature !== undefined) part['thoughtSignature'] = signature
  return part
}

function idOf(id: string): { id?: string } {
  return id === '' || id.startsWith(OWN_CALL_PREFIX) ? {} : { id }
}

/** The signatures of an earlier answer, by what they belong to. */
function readSigned({ reasoningDetails, toolCalls }: ChatTurn): {
  thoughts: Part[]
  ofText: string | null
  ofCalls: Map<string, string>
} {
  const signed = { thoughts: [] as Part[], ofText: null as string | null, ofCalls: new Map<string, string>() }
  for (const detail of reasoningDetails) {
    if (detail['format'] !== REASONING_FORMAT) continue
    const signature = asText(detail['signature'])
    const data = asText(detail['data'])
    // Formats of clients may name what has no name.
    const call = toolCalls.find(({ id }) => id === detail['id'])
    if (signature !== null) {
      signed.thoughts.push({ text: asText(detail['text']) ?? '', thought: true, thoughtSignature: signature })
    } else if (data !== null && call !== undefined) signed.ofCalls.set(call.id, data)
    else if (data !== null) signed.ofText = data
  }
  return signed
}
