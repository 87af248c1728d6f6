import { createHash } from 'node:crypto'
import type { Endpoint } from '../../domain/catalogue.ts'
import { readChatFields } from '../chat-fields.ts'
import type { ChatPayload } from '../chat-request.ts'
import { asObject, asObjects, asText, lookUp } from '../json-fields.ts'
import { readReasoningWish } from '../reasoning-wish.ts'
import type { KnownQuirks, Quirks } from './quirks.ts'

type Fields = Record<string, unknown>

/** From the least on. */
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const CALL_ID = /^[A-Za-z0-9]{9}$/

/** Changes the fields that the gateway sends in its own way, and gives back those that it passes on, as the provider takes them. */
export function applyQuirks(
  own: Fields,
  payload: ChatPayload,
  { endpoint, quirks }: { endpoint: Endpoint; quirks: KnownQuirks },
): string | Buffer {
  nameBound(own, payload, quirks)
  askToReason(own, payload, { endpoint, quirks })
  if (quirks.takesStreamOptions === false) delete own['stream_options']
  if (quirks.takesUser === false) delete own['user']
  if (quirks.dropped?.includes('service_tier')) delete own['service_tier']
  const { passedOn } = payload
  if (!quirks.marks.some((mark) => passedOn.includes(mark))) return passedOn
  const fields = JSON.parse(passedOn.toString('utf8')) as Fields
  return JSON.stringify(rewrite(fields, quirks))
}

function nameBound(own: Fields, payload: ChatPayload, { outputBound: usual, predictedOutputBound }: Quirks): void {
  const outputBound = predictedOutputBound !== undefined && hasPrediction(payload) ? predictedOutputBound : usual
  if (outputBound === undefined) return
  const bound = own['max_tokens'] ?? own['max_completion_tokens']
  delete own['max_tokens']
  delete own['max_completion_tokens']
  if (bound !== undefined) own[outputBound] = bound
}

/** A schema may have a property of that name too, so that the text alone doesn't tell. */
function hasPrediction(payload: ChatPayload): boolean {
  return payload.passedOn.includes('"prediction"') && asObject(readChatFields(payload)['prediction']) !== undefined
}

function askToReason(
  own: Fields,
  payload: ChatPayload,
  { endpoint, quirks }: { endpoint: Endpoint; quirks: Quirks },
): void {
  const { reasoning: way = 'effort', efforts } = quirks
  const wish = readReasoningWish(payload)
  delete own['reasoning_effort']
  if (wish === null) return
  if (way === 'object') {
    own['reasoning'] = payload.reasoning ?? { effort: payload.reasoningEffort }
    return
  }
  if (way === 'switch') {
    own['thinking'] = { type: wish.isOn ? 'enabled' : 'disabled' }
    return
  }
  const { supportedParameters } = endpoint
  const isListed = supportedParameters.includes('reasoning') || supportedParameters.includes('reasoning_effort')
  if (way === 'listed' && !isListed) return
  const effort = wish.isOn ? (wish.effort ?? 'medium') : 'none'
  own['reasoning_effort'] = efforts === undefined ? effort : nearestEffort(effort, efforts)
}

/** Of two that are as near, the greater. */
export function nearestEffort(effort: string, known: readonly string[]): string {
  const rank = EFFORTS.indexOf(effort)
  const distance = (other: string) => Math.abs(EFFORTS.indexOf(other) - rank)
  return known.reduce((best, other) => (distance(other) <= distance(best) ? other : best), known[0] ?? effort)
}

function rewrite(fields: Fields, quirks: Quirks): Fields {
  const { dropped = [], renamed = {}, toolChoices = {} } = quirks
  for (const name of dropped) delete fields[name]
  for (const [name, other] of Object.entries(renamed)) {
    if (fields[name] === undefined) continue
    fields[other] = fields[name]
    delete fields[name]
  }
  const choice = asText(fields['tool_choice'])
  if (choice !== null) fields['tool_choice'] = lookUp(toolChoices, choice) ?? choice
  if (quirks.hasNoSchemas && asObject(fields['response_format'])?.['type'] === 'json_schema') {
    fields['response_format'] = { type: 'json_object' }
  }
  const messages = fields['messages']
  if (Array.isArray(messages)) fields['messages'] = rewriteMessages(messages, quirks)
  const tools = fields['tools']
  if (Array.isArray(tools)) for (const tool of tools) drop(asObject(tool), quirks)
  return fields
}

function rewriteMessages(messages: readonly unknown[], quirks: Quirks): unknown[] {
  const written = messages.map((entry) => {
    const message = asObject(entry)
    return message === undefined ? entry : rewriteMessage(message, quirks)
  })
  const last = asObject(written.at(-1))
  const { prefillFlag } = quirks
  if (prefillFlag !== undefined && last?.['role'] === 'assistant' && last['tool_calls'] === undefined) {
    last[prefillFlag] = true
  }
  return written
}

function rewriteMessage(message: Fields, quirks: Quirks): Fields {
  const { thoughtsOfCalls } = quirks
  const thoughts = message['reasoning'] ?? thoughtsIn(message['reasoning_details'])
  if (thoughtsOfCalls !== undefined && typeof thoughts === 'string' && message['tool_calls'] !== undefined) {
    message[thoughtsOfCalls] = thoughts
  }
  drop(message, quirks)
  if (quirks.hasNoDeveloper && message['role'] === 'developer') message['role'] = 'system'
  const { content } = message
  if (Array.isArray(content)) for (const part of content) drop(asObject(part), quirks)
  if (quirks.wantsShortCallIds) shortenIds(message)
  return message
}

/** As requests of other formats have them. */
function thoughtsIn(details: unknown): string | undefined {
  const texts = asObjects(details).flatMap((detail) => asText(detail['text']) ?? asText(detail['summary']) ?? [])
  return texts.length === 0 ? undefined : texts.join('\n\n')
}

function drop(fields: Fields | undefined, { droppedInside = [] }: Quirks): void {
  if (fields !== undefined) for (const name of droppedInside) delete fields[name]
}

function shortenIds(message: Fields): void {
  const id = asText(message['tool_call_id'])
  if (id !== null) message['tool_call_id'] = shortId(id)
  const calls = message['tool_calls']
  if (!Array.isArray(calls)) return
  for (const entry of calls) {
    const call = asObject(entry)
    const callId = asText(call?.['id'])
    if (call !== undefined && callId !== null) call['id'] = shortId(callId)
  }
}

/** The same for the same id, so that calls and their results stay together. */
function shortId(id: string): string {
  return CALL_ID.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 9)
}
