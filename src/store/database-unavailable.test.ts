import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Client, DatabaseError } from 'pg'
import { expect, test } from 'vitest'
import { isDatabaseUnavailable } from './database-unavailable.ts'

async function errorOfConnectingTo(behaviour: (socket: Socket) => void, port?: number): Promise<unknown> {
  const server = createServer(behaviour).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = { host: '127.0.0.1', port: port ?? (server.address() as AddressInfo).port }
  const client = new Client({ ...address, user: 'nobody', connectionTimeoutMillis: 500 })
  client.on('error', () => {})
  const error = await client.connect().catch((reason: unknown) => reason)
  server.close()
  return error
}

function serverError(code: string): DatabaseError {
  const error = new DatabaseError('message', 1, 'error')
  error.code = code
  return error
}

test.each([
  ['refuses connections', () => errorOfConnectingTo(() => {}, 1)],
  ['closes the connection', () => errorOfConnectingTo((socket) => socket.destroy())],
  ['says nothing', () => errorOfConnectingTo(() => {})],
])('a server that %s is unavailable', async (_name, connect) => {
  expect(isDatabaseUnavailable(await connect())).toBe(true)
})

test.each(['08006', '53300', '57P01', '57P03', '57014', '40001', '40P01', '55P03', '55000', '3D000', '28P01'])(
  'SQLSTATE %s passes by itself',
  (code) => expect(isDatabaseUnavailable(serverError(code))).toBe(true),
)

test.each(['23505', '42P01', '22021', '42501'])('SQLSTATE %s is a bug, not an outage', (code) =>
  expect(isDatabaseUnavailable(serverError(code))).toBe(false),
)

test('an error of ours is no outage', () =>
  expect(isDatabaseUnavailable(new TypeError('x is not a function'))).toBe(false))
