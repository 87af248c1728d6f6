/*
 * Loaded into a gateway before its own code (`NODE_OPTIONS=--import`): tells for each chat completion, as one line on standard
 * error, how often something was sent to the database or to Redis on its behalf before its answer had ended. What belongs to
 * a request is known by the asynchronous context that it began; what a timer does later for many requests is not a round trip
 * that any of them waited for. SWITCHYARD_TEST_COUNTED_PORTS is JSON from a port to a name.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type IncomingMessage, Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

interface Trips {
  isOpen: boolean
  counts: Record<string, number>
}

const NAMES: Readonly<Record<string, string>> = JSON.parse(process.env['SWITCHYARD_TEST_COUNTED_PORTS'] ?? '{}')
const requests = new AsyncLocalStorage<Trips>()

function note(name: string): void {
  const trips = requests.getStore()
  if (trips?.isOpen === true) trips.counts[name] = (trips.counts[name] ?? 0) + 1
}

const emit = Server.prototype.emit as (this: Server, event: string | symbol, ...args: unknown[]) => boolean
Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
  const [request, response] = args as [IncomingMessage, ServerResponse]
  if (event !== 'request' || request.url !== '/api/v1/chat/completions') return emit.call(this, event, ...args)
  const trips: Trips = { isOpen: true, counts: {} }
  response.once('finish', () => {
    trips.isOpen = false
    process.stderr.write(`round-trips ${JSON.stringify(trips.counts)}\n`)
  })
  return requests.run(trips, () => emit.call(this, event, ...args))
}

const write = Socket.prototype.write
Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
  const name = NAMES[String(this.remotePort)]
  if (name !== undefined) note(name)
  return (write as (...all: unknown[]) => boolean).apply(this, args)
}

const postMessage = Worker.prototype.postMessage
Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<Worker['postMessage']>): void {
  const [message] = args as [{ type?: unknown } | undefined]
  if (message?.type === 'wire') note('database')
  postMessage.apply(this, args)
}
