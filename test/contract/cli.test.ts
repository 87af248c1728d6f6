import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { CLI_ENVIRONMENT, CLI_PROGRAM, runCli } from './cli-process.ts'
import { newKey, newWorkspace } from './fixtures.ts'
import { callTool } from './mcp-client.ts'
import { gateway, newSlug, send } from './request.ts'

test('0: a command prints the JSON of the API to what is no terminal', async () => {
  const { id } = await newWorkspace({ name: 'From the shell' })
  const { code, stdout } = await runCli(['workspaces', 'get', id])
  expect({ code, body: JSON.parse(stdout) }).toEqual({
    code: 0,
    body: (await send('GET', `/api/v1/workspaces/${id}`)).body,
  })
})

test('0: and a table where people ask for one', async () => {
  const { slug } = await newWorkspace({ name: 'In a table' })
  const { stdout } = await runCli(['workspaces', 'list', '--limit', '100', '--table'])
  expect(stdout).toMatch(/^ID +NAME +SLUG/)
  expect(stdout).toContain(slug)
  expect(stdout).toMatch(/\ntotal_count +\d+\n$/)
})

test('0: arguments become the fields that the operation wants', async () => {
  const slug = newSlug()
  const ids = [(await newKey()).data.id, (await newKey()).data.id]
  const made = await runCli(
    `workspaces create --name Shell --slug ${slug} --io-logging-api-key-ids ${ids.join(' ')} --io-logging-sampling-rate 0.5
     --is-observability-broadcast-enabled --is-observability-io-logging-enabled false --default-text-model null`.split(
      /\s+/,
    ),
  )
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(made.stdout)).toMatchObject({
    data: {
      name: 'Shell',
      slug,
      default_text_model: null,
      io_logging_api_key_ids: ids,
      io_logging_sampling_rate: 0.5,
      is_observability_broadcast_enabled: true,
      is_observability_io_logging_enabled: false,
    },
  })
  const added = await runCli(['members', 'bulk-add', slug, '--user-ids', gateway.userId])
  expect(JSON.parse(added.stdout)).toMatchObject({ added_count: 1 })
  const removed = await runCli(['workspaces', 'delete', slug])
  expect(JSON.parse(removed.stdout)).toEqual({ deleted: true })
})

test('0: fields come as JSON from standard input too, and options go over them', async () => {
  const stdin = JSON.stringify({ name: 'piped', limit: 7, external: { user: 'customer' } })
  const { stdout } = await runCli(['keys', 'create', '--input', '-', '--name', 'named'], { stdin })
  expect(JSON.parse(stdout)).toMatchObject({ data: { name: 'named', limit: 7, external_user: 'customer' } })
})

test('0: help tells of every group and command without a server or a key', async () => {
  const help = await runCli(['--help'], { env: { PATH: CLI_ENVIRONMENT.PATH } })
  expect(help.code).toBe(0)
  for (const group of ['workspaces', 'keys', 'members', 'audit', 'openapi', 'mcp', 'start'])
    expect(help.stdout).toContain(group)
  expect((await runCli(['start', '--help'], { env: { PATH: CLI_ENVIRONMENT.PATH } })).stdout).toContain('Serve')
  expect((await runCli(['budgets', 'get', '--help'])).stdout).toContain('<workspace> <interval>')
  expect((await runCli(['keys', 'create', '--help'])).stdout).toContain('--limit-reset')
})

test('0: the OpenAPI document is that of the installation', async () => {
  const env = { PATH: CLI_ENVIRONMENT.PATH, SWITCHYARD_URL: gateway.url }
  const json = await runCli(['openapi'], { env })
  expect(JSON.parse(json.stdout)).toEqual((await send('GET', '/openapi.json')).body)
  expect(parse((await runCli(['openapi', '--yaml'], { env })).stdout)).toEqual(JSON.parse(json.stdout))
})

test('0: and no word of complaint when the reader has had enough', async () => {
  const child = spawn(process.execPath, [CLI_PROGRAM, 'openapi'], {
    env: CLI_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('1: the server failed', async () => {
  const broken = createServer((_request, response) => response.writeHead(500).end('{"error":{"message":"broken"}}'))
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
  const { code, stderr } = await runCli(['workspaces', 'list', '--table', '--url', url])
  broken.close()
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'broken (500)\n' })
})

test('4: a refusal names for people what they have typed, and for scripts the field', async () => {
  const people = async (...args: string[]) => (await runCli([...args, '--table'])).stderr
  expect(await people('workspaces', 'create', '--name', 'x', '--slug', 'A B')).toMatch(/^--slug: must be lowercase/)
  expect(await people('budgets', 'get', 'default', 'yearly')).toMatch(/^<interval>: Invalid option/)
  const both = await people('keys', 'create', '--name', '', '--limit', '-1')
  expect(both).toMatch(/^--name: .*; --limit: /)
})

test('2: what a command needs is asked for before anything is sent', async () => {
  const { code, stderr } = await runCli(['workspaces', 'create', '--url', 'http://127.0.0.1:1'])
  expect({ code, stderr }).toEqual({ code: 2, stderr: '--name, --slug: required (--help tells what it means)\n' })
  const piped = await runCli(['workspaces', 'create', '--input', '-'], { stdin: '{"name":"x"}' })
  expect(piped).toMatchObject({ code: 2, stderr: expect.stringContaining('--slug: required') })
})

test('0: where the installation is, and the form of the answer, may be said before the command, in its middle or behind it', async () => {
  const env = { ...CLI_ENVIRONMENT, SWITCHYARD_URL: 'http://127.0.0.1:1' }
  const url = ['--url', gateway.url]
  for (const args of [
    [...url, '--table', 'workspaces', 'list'],
    ['workspaces', ...url, '--table', 'list'],
    ['workspaces', 'list', '--table', ...url],
  ]) {
    const { code, stdout } = await runCli(args, { env })
    expect([args, code]).toEqual([args, 0])
    expect(stdout).toMatch(/^ID +NAME +SLUG/)
  }
  expect(JSON.parse((await runCli([...url, 'openapi'], { env })).stdout)).toHaveProperty('openapi')
})

test.each([
  ['an unknown command', ['keys', 'explode']],
  ['an unknown group', ['everything']],
  ['an unknown option', ['keys', 'list', '--colour', 'red']],
  ['a missing argument', ['keys', 'get']],
  ['a number that is none', ['keys', 'create', '--name', 'x', '--limit', 'much']],
  ['a boolean that is none', ['keys', 'update', 'x', '--disabled', 'maybe']],
  ['input that is no object', ['keys', 'create', '--input', '[]']],
  ['a URL that is none', ['keys', 'list', '--url', 'localhost']],
  ['two forms of output', ['keys', 'list', '--json', '--table']],
])('2: %s is a mistake in the command line', async (_name, args) => {
  const { code, stdout, stderr } = await runCli(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).not.toBe('')
})

test('2: without a key the command says which variable it wants', async () => {
  const { code, stderr } = await runCli(['keys', 'list'], {
    env: { PATH: CLI_ENVIRONMENT.PATH, SWITCHYARD_URL: gateway.url },
  })
  expect(code).toBe(2)
  expect(stderr).toContain('SWITCHYARD_MANAGEMENT_KEY')
})

test('3: nobody answers', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const { code, stderr } = await runCli(['keys', 'list', '--url', `http://127.0.0.1:${port}`])
  expect(code).toBe(3)
  expect(stderr).toContain('cannot be reached')
})

test('4: the API refused, with its message for people and its envelope for scripts', async () => {
  const people = await runCli(['workspaces', 'get', 'no-such', '--table'])
  expect(people).toEqual({ code: 4, stdout: '', stderr: 'Workspace not found (404)\n' })
  const script = await runCli(['workspaces', 'create', '--name', 'x', '--slug', 'A B'])
  expect(script.code).toBe(4)
  expect(JSON.parse(script.stderr)).toMatchObject({ error: { code: 400, message: expect.stringContaining('slug') } })
  const env = { ...CLI_ENVIRONMENT, SWITCHYARD_MANAGEMENT_KEY: gateway.inferenceKey }
  expect((await runCli(['workspaces', 'list'], { env })).code).toBe(4)
})

test('5: a verification found a fault', async () => {
  const head = {
    organization_id: gateway.organizationId,
    sequence: 1,
    hash: 'no',
    created_at: 'never',
    signature: 'no',
  }
  const { code, stdout } = await runCli(['audit', 'verify', '--heads', JSON.stringify([head])])
  expect(JSON.parse(stdout)).toMatchObject({ data: { is_intact: false } })
  expect(code).toBe(5)
})

test('the MCP tools are served on standard input, with the rights of the key and an inference key beside it', async () => {
  const connect = async (env: Record<string, string>) => {
    const client = new Client({ name: 'switchyard-tests', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [CLI_PROGRAM, 'mcp'], env }))
    return client
  }
  const client = await connect({ ...CLI_ENVIRONMENT, SWITCHYARD_INFERENCE_KEY: gateway.inferenceKey })
  const { id } = await newWorkspace()
  const got = await callTool(client, 'openrouter_admin_get_workspace', { id })
  expect(got.body).toEqual((await send('GET', `/api/v1/workspaces/${id}`)).body)
  const missing = await callTool(client, 'openrouter_admin_get_workspace', { id: 'no-such' })
  expect(missing).toMatchObject({ isError: true, body: { error: { code: 404 } } })
  const said = await callTool(client, 'send-message', { model: 'sim/echo', message: 'Hello' })
  expect(said.body).toMatchObject({ choices: [{ message: { content: 'Hello' } }] })
  await client.close()
  const { key } = await newKey()
  const other = await connect({ ...CLI_ENVIRONMENT, SWITCHYARD_MANAGEMENT_KEY: key })
  const refused = await callTool(other, 'openrouter_admin_list_workspaces')
  expect(refused).toMatchObject({ isError: true, body: { error: { code: 403 } } })
  await other.close()
})
