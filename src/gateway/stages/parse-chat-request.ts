import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import { AppError } from '../../domain/app-error.ts'
import { jsonComplexityProblem } from '../../domain/json-shape.ts'

/** A chat completion request after its fields were checked; `body` is the caller's object with all it sent. */
export interface ChatRequest {
  body: ChatCompletionRequest
  /** Models in the order of preference; empty when the workspace's default is meant. */
  models: string[]
  isStream: boolean
  /** Upper bound of the input's tokens: no tokenizer makes more tokens than bytes, plus what pictures may count for. */
  inputTokens: number
  images: number
  choices: number
  requestedTokens: number | null
}

/** No known provider counts a linked picture, sound or file for more than this. */
const LINKED_MEDIA_TOKENS = 20_000

/** Throws `invalid_request` naming the first bad field. */
export function parseChatRequest(bytes: Buffer): ChatRequest {
  const problem = jsonComplexityProblem(bytes)
  if (problem !== undefined) throw new AppError('invalid_request', `Request body ${problem}`)
  const parsed = ChatCompletionRequest.safeParse(parseJson(bytes))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = issue?.path.map(String).join('.') ?? ''
    const message = issue?.message ?? 'Invalid request parameters'
    throw new AppError('invalid_request', path === '' ? message : `${path}: ${message}`)
  }
  const body = parsed.data
  requireOneOutputBound(body)
  const media = countMedia(body)
  return {
    body,
    models: [...new Set([...(body.model ? [body.model] : []), ...(body.models ?? [])])],
    isStream: body.stream === true,
    inputTokens: bytes.length + media.total * LINKED_MEDIA_TOKENS,
    images: media.images,
    choices: body.n ?? 1,
    requestedTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new AppError('invalid_request', 'Request body is not valid JSON')
  }
}

function requireOneOutputBound(body: ChatCompletionRequest): void {
  const { max_tokens: old, max_completion_tokens: current } = body
  if (old && current && old !== current) {
    throw new AppError('invalid_request', 'max_tokens: differs from max_completion_tokens')
  }
}

function countMedia(body: ChatCompletionRequest): { total: number; images: number } {
  let total = 0
  let images = 0
  for (const { content } of body.messages) {
    if (!Array.isArray(content)) continue
    for (const part of content) {
      if (part.type !== 'text') total += 1
      if (part.type === 'image_url') images += 1
    }
  }
  return { total, images }
}
