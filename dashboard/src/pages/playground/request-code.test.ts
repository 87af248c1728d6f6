import { ChatRequest$outboundSchema } from '@openrouter/sdk/models'
import { expect, test } from 'vitest'
import { MessagesRequest } from '../../../../src/contract/inference/messages.ts'
import type { ChatBody } from './conversation.ts'
import { requestCode, withoutLongData } from './request-code.ts'

const DATA = 'iVBORw0KGgo'.repeat(40)
const BODY: ChatBody = {
  model: 'x/one',
  messages: [
    { role: 'system', content: `It's "short"\n$(rm) \`x\` \\ \u202e` },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${DATA}` } },
      ],
    },
  ],
  max_tokens: 20,
  temperature: 0.5,
  reasoning: { effort: 'low' },
  response_format: { type: 'json_object' },
  provider: { sort: 'price', only: ['a', 'b'], allow_fallbacks: false, data_collection: 'deny', zdr: true },
}
const codeOf = (id: string, body = BODY) =>
  requestCode('https://switchyard.example', body).find((one) => one.id === id)?.code ?? ''

/** The arguments of a call in Python, whose literals are JSON but for three words. */
function pythonFields(code: string): Record<string, unknown> {
  const call = code.slice(code.indexOf('.create(\n') + 9, code.indexOf('\n)\n'))
  const fields = call.split(/^ {4}(?=\w)/m).filter((text) => text !== '')
  return Object.fromEntries(
    fields.map((field) => {
      const [, name = '', value = ''] = /^(\w+)=(.*),\n?$/s.exec(field) ?? []
      const json = value.replace(/\bTrue\b/g, 'true').replace(/\bFalse\b/g, 'false')
      return [name, JSON.parse(json) as unknown]
    }),
  )
}

test('curl sends the very body, whatever is in it, and the shell runs nothing of it', () => {
  const [, quoted = ''] = /-d (.*)$/s.exec(codeOf('curl')) ?? []
  const parts = quoted.split(`'\\''`)
  expect(parts.join('').replace(/^'|'$/g, '')).not.toContain("'")
  expect(JSON.parse(parts.join("'").replace(/^'|'$/g, ''))).toEqual(BODY)
})

test('the OpenAI SDK sends the very body, what it does not know in extra_body', () => {
  const { extra_body, ...known } = pythonFields(codeOf('openai'))
  expect({ ...known, ...(extra_body as object) }).toEqual(BODY)
  expect(Object.keys(extra_body as object)).toEqual(['reasoning', 'provider'])
})

test('the OpenRouter SDK makes the very body of its argument', () => {
  const [, argument = ''] = /chat\.send\((\{.*\})\)\n/s.exec(codeOf('openrouter')) ?? []
  const { chatRequest } = new Function(`return (${argument})`)() as { chatRequest: unknown }
  expect(JSON.parse(JSON.stringify(ChatRequest$outboundSchema.parse(chatRequest)))).toMatchObject(BODY)
})

test('the Anthropic SDK asks the same in the format of messages, and says what that has no words for', () => {
  const code = codeOf('anthropic')
  const { extra_body, ...known } = pythonFields(code)
  const sent = { ...known, ...(extra_body as object) }
  expect(MessagesRequest.parse(sent)).toEqual(sent)
  expect(sent).toMatchObject({
    system: BODY.messages[0]?.content,
    max_tokens: 20,
    temperature: 0.5,
    thinking: { type: 'adaptive' },
    output_config: { effort: 'low' },
    provider: BODY.provider,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: DATA } },
        ],
      },
    ],
  })
  expect(code).toContain('no JSON output')
})

test('no code holds a key, and none of it is unseen', () => {
  for (const { code } of requestCode('https://switchyard.example', BODY)) {
    expect(code).toContain('OPENROUTER_API_KEY')
    expect(code).not.toContain('\u202e')
  }
})

test('only the data of images is cut for looking at', () => {
  expect(withoutLongData(codeOf('curl'))).toContain(`${DATA.slice(0, 10)}`)
  expect(withoutLongData(codeOf('curl')).length).toBeLessThan(codeOf('curl').length - 300)
  const plain = codeOf('curl', { model: 'x/one', messages: [{ role: 'user', content: 'Hello' }] })
  expect(withoutLongData(plain)).toBe(plain)
})
