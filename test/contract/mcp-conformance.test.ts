import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../tools/run-command.ts'
import { gateway } from './request.ts'

/*
 * The official conformance scenarios that apply to a server with tools and nothing else; docs/testing.md says why the others
 * don't. The tool that runs them sends no key, so a door before the gateway adds one and leaves everything else as it is.
 */

const TOOL = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance/dist/index.js')

let door: Server
let url: string

beforeAll(async () => {
  const target = new URL(gateway.url)
  door = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const options = {
      hostname: target.hostname,
      port: target.port,
      method,
      path,
      headers: { ...headers, authorization: `Bearer ${gateway.managementKey}` },
    }
    const onward = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/mcp`
})
afterAll(() => {
  door.closeAllConnections()
  door.close()
})

test.each(['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'])(
  'S16: the scenario %s passes',
  async (scenario) => {
    const args = [TOOL, 'server', '--url', url, '--scenario', scenario]
    const { code, output } = await runCommand(process.execPath, args, { cwd: import.meta.dirname, env: process.env })
    expect({ output, code }).toEqual({ output: expect.stringMatching(/Passed: ([1-9]\d*)\/\1,/), code: 0 })
  },
)
