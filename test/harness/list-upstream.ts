/** A real HTTP server on a free loopback port that answers embeddings as OpenAI does and ranks as Jina does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ListUpstream {
  /** Ends in `/v1`: the `base_url` of a provider. */
  readonly baseUrl: string
  /** What was asked, oldest first. */
  readonly requests: { path: string; body: Record<string, unknown> }[]
  /** What is answered instead of lists, until it is undefined again. */
  broken: { status: number; body: string } | undefined
  close: () => Promise<void>
}

const TOKENS_PER_TEXT = 3

export async function startListUpstream(): Promise<ListUpstream> {
  const requests: ListUpstream['requests'] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const body = JSON.parse(text) as Record<string, unknown>
    const path = request.url ?? ''
    requests.push({ path, body })
    const { status, body: answer } = upstream.broken ?? { status: 200, body: JSON.stringify(answerTo(path, body)) }
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: ListUpstream = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    broken: undefined,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return upstream
}

function answerTo(path: string, body: Record<string, unknown>): object {
  if (path.endsWith('/rerank')) return ranks(body['documents'] as unknown[])
  const texts = [body['input']].flat()
  const isBase64 = body['encoding_format'] === 'base64'
  const tokens = texts.length * TOKENS_PER_TEXT
  return {
    object: 'list',
    model: body['model'],
    data: texts.map((_text, index) => ({ object: 'embedding', index, embedding: vector(index, isBase64) })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

function vector(index: number, isBase64: boolean): number[] | string {
  const numbers = [index, 0.5, -1]
  return isBase64 ? Buffer.from(new Float32Array(numbers).buffer).toString('base64') : numbers
}

/** The last is the best. */
function ranks(documents: readonly unknown[]): object {
  const results = documents.map((document, index) => ({
    index,
    relevance_score: (index + 1) / documents.length,
    document: typeof document === 'string' ? { text: document } : document,
  }))
  return { results, usage: { total_tokens: documents.length * TOKENS_PER_TEXT } }
}
