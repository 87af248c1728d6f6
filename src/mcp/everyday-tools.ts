import { z } from 'zod'
import { getGeneration } from '../contract/inference/generations.ts'
import { jsonSchemaOf } from '../contract/openapi.ts'
import { OPERATIONS } from '../contract/operations.ts'
import { parseFields } from '../control/parse-input.ts'
import { AppError } from '../domain/app-error.ts'
import { SEARCH_RESULTS_MAX, searchDocs } from './search-docs.ts'
import type { ToolSession } from './tool-session.ts'

/*
 * The tools that people use while they build, under the names that the official server gives them. They stand beside those
 * that administer and take what is handy to write: a model as one word, a message as one text.
 */

export interface EverydayTool {
  name: string
  description: string
  inputSchema: Record<string, unknown>
  annotations: { readOnlyHint: boolean; destructiveHint: boolean }
  call: (input: unknown, call: EverydayCall) => Promise<unknown>
}

export interface EverydayCall {
  session: ToolSession
  attribution: Readonly<Record<string, string>>
  signal: AbortSignal
}

const LIST_LENGTH_DEFAULT = 20
const MODEL_NAME = 'Name of a model as author/slug'

const ModelName = z
  .string()
  .min(3)
  .max(300)
  .regex(/^[^/]+\/.+$/, 'must be author/slug')
  .describe(MODEL_NAME)

const MessageInput = z.strictObject({
  message: z.string().min(1).max(500_000).describe('What to say to the model'),
  model: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe(`${MODEL_NAME}; without it the workspace's default model answers`),
  system: z.string().min(1).max(500_000).optional().describe('Instructions that come before the message'),
  max_tokens: z.number().int().min(1).max(10_000_000).optional().describe('At most so many tokens in the answer'),
  temperature: z.number().min(0).max(2).optional().describe('How freely the model chooses its words'),
})

export const EVERYDAY_TOOLS: readonly EverydayTool[] = [
  tool({
    name: 'list-models',
    description: 'List models with their prices and abilities, 20 at a time. Free of charge.',
    input: OPERATIONS.listModels.input.extend({
      limit: z.number().int().min(1).max(100).default(LIST_LENGTH_DEFAULT).describe('How many to list'),
      offset: z.number().int().min(0).max(1_000_000).optional().describe('How many to skip'),
      q: z.string().max(200).optional().describe('Words to look for in names and descriptions'),
    }),
    call: (input, { session }) => session.invoke('listModels', input),
  }),
  tool({
    name: 'get-model',
    description: 'Get one model: prices, context length, what it takes and gives. Free of charge.',
    input: z.strictObject({ model: ModelName }),
    call: ({ model }, { session }) => session.invoke('getModel', modelPath(model)),
  }),
  tool({
    name: 'list-model-endpoints',
    description: 'List who runs a model, with the price and the limits of each. Free of charge.',
    input: z.strictObject({ model: ModelName }),
    call: ({ model }, { session }) => session.invoke('listEndpoints', modelPath(model)),
  }),
  tool({
    name: 'list-providers',
    description: 'List the providers of this installation. Free of charge.',
    input: z.strictObject({}),
    call: (_input, { session }) => session.invoke('listProviders', {}),
  }),
  tool({
    name: 'get-credits',
    description: 'Get what the organization has bought and used so far, in US dollars.',
    input: z.strictObject({}),
    call: (_input, { session }) => session.invoke('getCredits', {}),
  }),
  tool({
    name: 'get-generation',
    description: 'Get the record of one inference: tokens, cost, provider and times.',
    input: getGeneration.input.extend({ id: z.string().min(1).max(100).describe('Id of the inference, gen-…') }),
    call: (input, { session }) => session.invoke('getGeneration', input),
  }),
  tool({
    name: 'send-message',
    description:
      'Send one message to a model and get its answer. This costs what the model costs; it needs a key that may call models.',
    input: MessageInput,
    isReadOnly: false,
    call: ({ message, system, ...options }, { session, attribution, signal }) => {
      const before = system === undefined ? [] : [{ role: 'system', content: system }]
      const messages = [...before, { role: 'user', content: message }]
      return session.infer({ body: { ...options, messages, stream: false }, attribution, signal })
    },
  }),
  tool({
    name: 'search-docs',
    description: 'Search the documentation of this installation and get the sections that fit best.',
    input: z.strictObject({
      query: z.string().min(1).max(500).describe('Words to look for'),
      limit: z.number().int().min(1).max(SEARCH_RESULTS_MAX).default(5).describe('How many sections to give'),
    }),
    call: async ({ query, limit }) => ({ data: await searchDocs(query, limit) }),
  }),
]

function tool<Input extends z.ZodObject>(declared: {
  name: string
  description: string
  input: Input
  isReadOnly?: false
  call: (input: z.output<Input>, call: EverydayCall) => Promise<unknown>
}): EverydayTool {
  const { name, description, input, isReadOnly = true } = declared
  return {
    name,
    description,
    inputSchema: jsonSchemaOf(input, 'input'),
    annotations: { readOnlyHint: isReadOnly, destructiveHint: false },
    call: (given, call) => declared.call(parseFields(input, given), call),
  }
}

function modelPath(model: string): { author: string; slug: string } {
  const slash = model.indexOf('/')
  if (slash < 1) throw new AppError('invalid_request', 'model: must be author/slug')
  return { author: model.slice(0, slash), slug: model.slice(slash + 1) }
}
