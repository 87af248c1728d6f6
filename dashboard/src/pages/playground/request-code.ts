import type { SnippetText } from '../keys/snippets.ts'
import type { ChatBody, Message, Part } from './conversation.ts'
import { toQuoted } from './visible-text.ts'

type Style = 'json' | 'python' | 'typescript'

const KEY_VARIABLE = 'OPENROUTER_API_KEY'
const LONG_DATA = /[A-Za-z0-9+/]{160,}={0,2}/g
const SHOWN_LENGTH = 32

/** One request as the clients that people have write it. The key is one of their own, from the environment. */
export function requestCode(origin: string, body: ChatBody): SnippetText[] {
  return [
    { id: 'curl', label: 'curl', code: curl(origin, body) },
    { id: 'openai', label: 'OpenAI SDK', code: openAi(origin, body) },
    { id: 'openrouter', label: 'OpenRouter SDK', code: openRouter(origin, body) },
    { id: 'anthropic', label: 'Anthropic SDK', code: anthropic(origin, body) },
  ]
}

/** The same with the data of images cut, for looking at. */
export function withoutLongData(code: string): string {
  return code.replace(LONG_DATA, (data) => `${data.slice(0, SHOWN_LENGTH)}…`)
}

function curl(origin: string, body: ChatBody): string {
  return [
    `curl ${origin}/api/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $${KEY_VARIABLE}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${literal(body, 'json').replaceAll("'", `'\\''`)}'`,
  ].join('\n')
}

/** What the SDK has no arguments for goes into `extra_body`. */
function openAi(origin: string, { reasoning, provider, ...known }: ChatBody): string {
  return [
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${toQuoted(`${origin}/api/v1`)}, api_key=os.environ["${KEY_VARIABLE}"])`,
    'answer = client.chat.completions.create(',
    ...pythonArguments({ ...known, ...extraBody({ reasoning, provider }) }),
    ')',
    'print(answer.choices[0].message.content)',
  ].join('\n')
}

function openRouter(origin: string, body: ChatBody): string {
  const request = literal({ chatRequest: toCamelCase(body) }, 'typescript')
  return [
    "import { OpenRouter } from '@openrouter/sdk'",
    '',
    `const client = new OpenRouter({ serverURL: ${toQuoted(`${origin}/api/v1`)}, apiKey: process.env.${KEY_VARIABLE} })`,
    `const answer = await client.chat.send(${request})`,
    'console.log(answer.choices[0].message.content)',
  ].join('\n')
}

const ANTHROPIC_MAX_TOKENS = 4_096

function anthropic(origin: string, body: ChatBody): string {
  const { model, messages, max_tokens, temperature, reasoning, response_format, provider } = body
  const system = messages.find(({ role }) => role === 'system')?.content
  const turns = messages.filter(({ role }) => role !== 'system').map(toAnthropicMessage)
  const isOff = reasoning?.effort === 'none'
  return [
    ...(response_format === undefined
      ? []
      : ['# This format has no JSON output without a schema: ask for it in words.']),
    ...(max_tokens === undefined ? ['# This format wants max_tokens; the playground sent none.'] : []),
    'import os',
    'from anthropic import Anthropic',
    '',
    `client = Anthropic(base_url=${toQuoted(`${origin}/api`)}, auth_token=os.environ["${KEY_VARIABLE}"])`,
    'answer = client.messages.create(',
    ...pythonArguments({
      model,
      max_tokens: max_tokens ?? ANTHROPIC_MAX_TOKENS,
      ...(system === undefined ? {} : { system }),
      messages: turns,
      ...(temperature === undefined ? {} : { temperature }),
      ...extraBody({
        thinking: reasoning === undefined ? undefined : { type: isOff ? 'disabled' : 'adaptive' },
        output_config: reasoning === undefined || isOff ? undefined : { effort: reasoning.effort },
        provider,
      }),
    }),
    ')',
    'print("".join(block.text for block in answer.content if block.type == "text"))',
  ].join('\n')
}

function toAnthropicMessage({ role, content }: Message): Record<string, unknown> {
  return { role, content: typeof content === 'string' ? content : content.map(toAnthropicBlock) }
}

function toAnthropicBlock(part: Part): Record<string, unknown> {
  if (part.type === 'text') return part
  const [, media_type = '', data = ''] = /^data:([^;,]*);base64,(.*)$/s.exec(part.image_url.url) ?? []
  return { type: 'image', source: { type: 'base64', media_type, data } }
}

function extraBody(fields: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return given.length === 0 ? {} : { extra_body: Object.fromEntries(given) }
}

function pythonArguments(fields: Record<string, unknown>): string[] {
  return Object.entries(fields).map(([name, value]) => `    ${name}=${literal(value, 'python', 1)},`)
}

/** Names of fields alone: what they hold stays as it is. */
function toCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamelCase)
  if (typeof value !== 'object' || value === null) return value
  const camel = (name: string) => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [camel(name), toCamelCase(field)]))
}

const PYTHON_WORDS: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' }

function literal(value: unknown, style: Style, depth = 0): string {
  if (typeof value === 'string') return toQuoted(value)
  if (typeof value !== 'object' || value === null) {
    const word = String(value)
    return style === 'python' ? (PYTHON_WORDS[word] ?? word) : word
  }
  const step = style === 'python' ? '    ' : '  '
  const inside = step.repeat(depth + 1)
  const outside = step.repeat(depth)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const entries = Array.isArray(value)
    ? value.map((one) => literal(one, style, depth + 1))
    : Object.entries(value).map(([name, field]) => `${fieldName(name, style)}: ${literal(field, style, depth + 1)}`)
  if (entries.length === 0) return open + close
  return `${open}\n${entries.map((entry) => inside + entry).join(',\n')}\n${outside}${close}`
}

function fieldName(name: string, style: Style): string {
  return style === 'typescript' && /^[A-Za-z]\w*$/.test(name) ? name : toQuoted(name)
}
