import { z } from 'zod'
import { ChatCompletionRequest } from './chat-completions.ts'

const PROMPT_LENGTH_MAX = 33_554_432

/** The older form of a chat completion request: one text instead of messages. Fields that aren't named pass through. */
export const CompletionRequest = ChatCompletionRequest.omit({ messages: true }).extend({
  prompt: z.union([z.string().min(1).max(PROMPT_LENGTH_MAX), z.tuple([z.string().min(1).max(PROMPT_LENGTH_MAX)])]),
  /** Whether the answer begins with the prompt. */
  echo: z.boolean().nullish(),
  /** How many of the likeliest tokens are told with each. */
  logprobs: z.number().int().min(0).max(20).nullish(),
})
export type CompletionRequest = z.infer<typeof CompletionRequest>
