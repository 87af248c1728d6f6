import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Provider } from '../domain/catalogue.ts'
import { SIM_PROVIDER } from '../domain/sim-models.ts'
import { UpstreamPools } from './upstream.ts'

const servers: Server[] = []
let providers: Provider[] = []

beforeAll(async () => {
  for (const slug of ['a', 'b']) {
    const server = createServer((_request, response) => response.end(slug))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  providers = servers.map((server) => ({
    ...SIM_PROVIDER,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isFromConfigFile: true,
  }))
})
afterAll(() => {
  for (const server of servers) server.close()
})

function ask(pools: UpstreamPools, provider: Provider): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const receiver = {
      onHeaders: () => {},
      onData: (chunk: Buffer) => {
        text += String(chunk)
      },
      onEnd: () => resolve(text),
      onFailure: ({ message }: { message: string }) => reject(new Error(message)),
    }
    pools.send({ provider, path: '/', headers: {}, body: '{}' }, receiver)
  })
}

test('with more origins than there may be the oldest connections are given up, and no request is lost', async () => {
  const times = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, idleTimeoutMs: 5_000 }
  const pools = new UpstreamPools({ ...times, connectionsMax: 2, originsMax: 1, egress: { allowedCidrs: [] } })
  const order = [0, 1, 0, 0, 1]
  const together = order.flatMap((at) => providers[at] ?? []).map((provider) => ask(pools, provider))
  expect(await Promise.all(together)).toEqual(['a', 'b', 'a', 'a', 'b'])
  for (const [at, slug] of ['a', 'b'].entries()) {
    const provider = providers[at]
    if (provider !== undefined) expect(await ask(pools, provider)).toBe(slug)
  }
  await pools.close()
})

test('however many addresses customers name, the connections to providers of the operator stay', async () => {
  let connections = 0
  const server = createServer((_request, response) => response.end('fine'))
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  const times = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, idleTimeoutMs: 5_000 }
  const egress = { allowedCidrs: ['127.0.0.0/8'] }
  const pools = new UpstreamPools({ ...times, connectionsMax: 2, originsMax: 2, egress })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const own = { ...SIM_PROVIDER, baseUrl, isFromConfigFile: true }
  for (let time = 0; time < 3; time += 1) {
    expect(await ask(pools, own)).toBe('fine')
    for (const provider of providers) await ask(pools, { ...provider, isFromConfigFile: false })
  }
  expect(connections).toBe(1)
  await pools.close()
})
