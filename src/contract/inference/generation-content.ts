import { z } from 'zod'
import { operation } from '../operation.ts'

const GenerationId = z.string().min(1).max(100)
const Text = z.string().nullable()

/** What was asked and answered, as it is kept where input and output are logged. */
export const GenerationContentWire = z.object({
  input: z.union([z.object({ messages: z.array(z.unknown()) }), z.object({ prompt: z.string() })]),
  output: z.object({ completion: Text, reasoning: Text, tool_calls: z.array(z.unknown()).optional() }),
  error: z
    .object({
      message: Text,
      status: z.int().nullable(),
      provider_name: Text,
      raw: Text,
      previous_errors: z.array(z.object({ code: z.int(), message: z.string(), provider_name: Text, raw: Text })),
    })
    .nullable(),
  /** There when something is left out because it was too long. */
  truncated: z.literal(true).optional(),
})
export type GenerationContentWire = z.output<typeof GenerationContentWire>

export const FEEDBACK_CATEGORIES = [
  'latency',
  'incoherence',
  'incorrect_response',
  'formatting',
  'billing',
  'api_error',
  'other',
] as const
export type FeedbackCategory = (typeof FEEDBACK_CATEGORIES)[number]

const listGenerationContent = operation({
  id: 'listGenerationContent',
  method: 'GET',
  path: '/api/v1/generation/content',
  summary: 'Get stored prompt and completion content for a generation',
  tag: 'Generations',
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({ id: GenerationId }),
  output: z.object({ data: GenerationContentWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const submitGenerationFeedback = operation({
  id: 'submitGenerationFeedback',
  method: 'POST',
  path: '/api/v1/generation/feedback',
  summary: 'Submit feedback on a generation; again in the same category replaces it',
  tag: 'Generations',
  permission: 'any-key',
  effect: 'write',
  input: z.strictObject({
    generation_id: GenerationId,
    category: z.enum(FEEDBACK_CATEGORIES),
    comment: z.string().max(1_000).optional(),
  }),
  output: z.object({ data: z.object({ success: z.literal(true) }) }),
  errors: ['invalid_request', 'unauthorized', 'not_found'],
})

export const GENERATION_CONTENT_OPERATIONS = { listGenerationContent, submitGenerationFeedback } as const
