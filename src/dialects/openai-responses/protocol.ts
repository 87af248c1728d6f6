import { NO_COST, NO_USAGE } from '../../domain/pricing.ts'
import type { DecodedAnswer } from '../dialect.ts'
import { asObject } from '../json-fields.ts'
import type { AnswerEnd, AnswerIdentity, ClientProtocol, Counted } from '../protocol.ts'
import { chatResponse, ResponsesAnswerStream } from './answer-stream.ts'
import { OutputBuilder } from './build-output.ts'
import { parseResponsesRequest } from './parse-request.ts'
import { adoptResponse, brokenResponse, isTooLong, outputText } from './response-object.ts'
import { responsesUsageToWire } from './usage-wire.ts'

const NOTHING_COUNTED: Counted = { usage: NO_USAGE, cost: NO_COST }

/** `POST /api/v1/responses`. Refusals have the common form, because the official client reads no other; the form of this format
 *  is that of a response that failed after it has begun. */
export const responsesProtocol: ClientProtocol = {
  name: 'responses',
  dialect: 'openai-responses',
  path: '/responses',
  apiType: 'completions',
  parse: parseResponsesRequest,
  newStream: (identity) => new ResponsesAnswerStream(identity),
  toAnswer,
  toErrorBody: (envelope) => ({ ...envelope }),
  answerInstead: (error, identity, isStream) => {
    if (!isTooLong(error)) return undefined
    return isStream
      ? new ResponsesAnswerStream(identity).fail(error, NOTHING_COUNTED)
      : JSON.stringify(brokenResponse(identity, error, { output: [], counted: NOTHING_COUNTED }))
  },
}

function toAnswer(answer: DecodedAnswer, identity: AnswerIdentity, end: AnswerEnd): Record<string, unknown> {
  const usage = responsesUsageToWire(end.usage, end.cost)
  const response =
    answer.native === null
      ? translated(answer, identity, { ...end, usage, tier: end.usage.serviceTier })
      : adoptResponse(answer.native, identity, usage)
  return { ...response, output_text: outputText(response['output']), ...end.metadata }
}

function translated(
  { choices, serviceTier, finishReason }: DecodedAnswer,
  identity: AnswerIdentity,
  end: { usage: Record<string, unknown>; endedAt: number; tier: string | undefined },
): Record<string, unknown> {
  const [first] = choices
  const builder = new OutputBuilder(identity.id, () => {})
  builder.addDelta(asObject(first?.['message']) ?? {}, asObject(first?.['logprobs'])?.['content'])
  builder.finishReason = finishReason
  return chatResponse(identity, builder, { ...end, serviceTier: serviceTier ?? end.tier ?? null })
}
