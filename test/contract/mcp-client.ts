import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

export interface McpTarget {
  url: string
  /** Bearer secret; null sends none. */
  key: string | null
  /** Default `auto`: the newest protocol that both sides know. */
  era?: 'auto' | 'legacy'
  path?: string
  headers?: Readonly<Record<string, string>>
  fetch?: typeof fetch
}

/** A real MCP client that is connected. */
export async function connectMcp({
  url,
  key,
  era = 'auto',
  path = '/mcp',
  headers,
  fetch,
}: McpTarget): Promise<Client> {
  const client = new Client({ name: 'switchyard-tests', version: '1' }, { versionNegotiation: { mode: era } })
  const authorization = key === null ? {} : { authorization: `Bearer ${key}` }
  const transport = new StreamableHTTPClientTransport(new URL(path, url), {
    requestInit: { headers: { ...authorization, ...headers } },
    ...(fetch === undefined ? {} : { fetch }),
  })
  await client.connect(transport)
  return client
}

export interface ToolAnswer {
  isError: boolean
  /** The API's JSON body. */
  body: unknown
  text: string
}

/** Calls a tool and checks that both forms of its result say the same. */
export async function callTool(client: Client, name: string, input: Record<string, unknown> = {}): Promise<ToolAnswer> {
  const result = await client.callTool({ name, arguments: input })
  const [content] = result.content as { type: string; text: string }[]
  const text = content?.text ?? ''
  if (JSON.stringify(result.structuredContent) !== JSON.stringify(JSON.parse(text)))
    throw new Error(`${name}: structured content and text differ`)
  return { isError: result.isError === true, body: result.structuredContent, text }
}
