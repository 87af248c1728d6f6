export interface SnippetText {
  id: string
  label: string
  code: string
}

/** A first request with a key, as the clients that people have write it. `origin` is that of this installation. */
export function keySnippets({ origin, key, model }: { origin: string; key: string; model: string }): SnippetText[] {
  const base = `${origin}/api/v1`
  return [
    {
      id: 'curl',
      label: 'curl',
      code: [
        `curl ${base}/chat/completions \\`,
        `  -H "Authorization: Bearer ${key}" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
      ].join('\n'),
    },
    {
      id: 'openai',
      label: 'OpenAI SDK',
      code: [
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url="${base}", api_key="${key}")`,
        'answer = client.chat.completions.create(',
        `    model="${model}",`,
        '    messages=[{"role": "user", "content": "Hello"}],',
        ')',
        'print(answer.choices[0].message.content)',
      ].join('\n'),
    },
    {
      id: 'openrouter',
      label: 'OpenRouter SDK',
      code: [
        "import { OpenRouter } from '@openrouter/sdk'",
        '',
        `const client = new OpenRouter({ serverURL: '${base}', apiKey: '${key}' })`,
        'const answer = await client.chat.send({',
        '  chatRequest: {',
        `    model: '${model}',`,
        "    messages: [{ role: 'user', content: 'Hello' }],",
        '  },',
        '})',
        'console.log(answer.choices[0].message.content)',
      ].join('\n'),
    },
    {
      id: 'anthropic',
      label: 'Anthropic SDK',
      code: [
        "import Anthropic from '@anthropic-ai/sdk'",
        '',
        `const client = new Anthropic({ baseURL: '${origin}/api', authToken: '${key}', apiKey: null })`,
        'const answer = await client.messages.create({',
        `  model: '${model}',`,
        '  max_tokens: 256,',
        "  messages: [{ role: 'user', content: 'Hello' }],",
        '})',
        'console.log(answer.content)',
      ].join('\n'),
    },
    {
      id: 'claude-code',
      label: 'Claude Code',
      code: [
        `export ANTHROPIC_BASE_URL="${origin}/api"`,
        `export ANTHROPIC_AUTH_TOKEN="${key}"`,
        'export ANTHROPIC_API_KEY=""',
        `export ANTHROPIC_MODEL="${model}"`,
        'claude',
      ].join('\n'),
    },
  ]
}

/** For a file that applications read their settings from. */
export function envFile({ origin, key }: { origin: string; key: string }): string {
  return [`OPENROUTER_API_KEY=${key}`, `OPENAI_API_KEY=${key}`, `OPENAI_BASE_URL=${origin}/api/v1`, ''].join('\n')
}
