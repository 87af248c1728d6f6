import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createMcpServer } from './mcp-server.ts'
import type { ToolSession } from './tool-session.ts'

/** The tools on standard input and output, for clients that start their servers. Ends when the input does. */
export function serveOnStdio(session: ToolSession): void {
  serveStdio(() => createMcpServer(session), { onerror: session.onBug })
}
