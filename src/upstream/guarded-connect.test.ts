import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGuardedHttp } from './guarded-http.ts'
import type { Resolve } from './guarded-lookup.ts'

/*
 * S8 where names are concerned: a resolver that says what an attacker wants. 127.0.0.2 stands for a public address; at 127.0.0.1
 * and ::1 nobody may arrive.
 */

const PUBLIC = '127.0.0.2'
const traps: Server[] = []
let open: Server
let port = 0
let trapped = 0

beforeAll(async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const trap = createServer()
    trap.on('connection', (socket) => {
      trapped += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => trap.listen(port, host, resolve))
    port = (trap.address() as AddressInfo).port
    traps.push(trap)
  }
  open = createServer((_request, response) => response.end('fine'))
  await new Promise<void>((resolve) => open.listen(port, PUBLIC, resolve))
})
afterAll(() => {
  for (const server of [open, ...traps]) server.close()
  expect(trapped).toBe(0)
})

/** The n-th question gets the n-th answer, then the last one for ever. */
function scripted(...answers: readonly string[][]): Resolve {
  let at = 0
  return (_hostname, done) => {
    const answer = answers[Math.min(at, answers.length - 1)] ?? []
    at += 1
    done(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

function clientOf(resolve: Resolve) {
  const send = createGuardedHttp({
    egress: { allowedCidrs: [`${PUBLIC}/32`] },
    connectTimeoutMs: 1_000,
    timeoutMs: 5_000,
    answerBytesMax: 1_000,
    resolve,
  })
  const url = `http://rebinding.example.test:${port}/`
  return async () =>
    (await send({ method: 'GET', url, headers: {}, signal: new AbortController().signal })).body.toString()
}

test('a name that was public when it was first asked for, and is private now, is not connected to', async () => {
  const get = clientOf(scripted([PUBLIC], ['127.0.0.1']))
  expect(await get()).toBe('fine')
  for (let again = 0; again < 5; again += 1) await expect(get()).rejects.toThrow('private addresses')
})

test('the addresses that were judged are those that are connected to: no second question is asked', async () => {
  const get = clientOf(scripted([PUBLIC], ['127.0.0.1'], [PUBLIC], ['127.0.0.1']))
  expect(await get()).toBe('fine')
  await expect(get()).rejects.toThrow('private addresses')
  expect(await get()).toBe('fine')
})

test('of a name with public and private addresses the public ones alone are tried', async () => {
  for (const mixed of [
    ['127.0.0.1', PUBLIC],
    ['::1', PUBLIC],
    [PUBLIC, '::1', '127.0.0.1'],
    ['fe80::1%lo', '169.254.169.254', PUBLIC],
  ]) {
    expect(await clientOf(scripted(mixed))()).toBe('fine')
  }
})

test.each([
  ['::1'],
  ['::ffff:127.0.0.1'],
  ['::ffff:7f00:1'],
  ['0.0.0.0'],
  ['::'],
  ['fe80::1%lo'],
  ['64:ff9b::7f00:1'],
  ['169.254.169.254'],
  ['fd00:ec2::254'],
  ['10.0.0.1'],
  ['100.64.0.1'],
])('a name that stands for %s is not connected to', async (address) => {
  await expect(clientOf(scripted([address]))()).rejects.toThrow('private addresses')
})
