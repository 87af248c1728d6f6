import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { billedNano, heldNano, markerOf, type Want, wantOf } from './stream-load.ts'

/** What the provider knows of a request. Money in nano-dollars. */
export interface ProviderRow {
  marker: string
  /** What it would put on its bill. */
  billed: bigint
  /** What must have been held for the output that it was allowed. */
  heldOutput: bigint
}

export interface Provider {
  baseUrl: string
  /** How many streams it sends at this moment. */
  streamCount(): number
  rows(): Promise<ProviderRow[]>
  close(): Promise<void>
}

const COUNT_EVERY_MS = 20

/** A provider in a thread of its own, so that thousands of streams don't wait for those who read them. */
export async function startProvider(wants: readonly Want[]): Promise<Provider> {
  const running = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: { wants, running } })
  const [baseUrl] = (await once(worker, 'message')) as [string]
  return {
    baseUrl,
    streamCount: () => Atomics.load(running, 0),
    rows: async () => {
      worker.postMessage('rows')
      const [rows] = (await once(worker, 'message')) as [ProviderRow[]]
      return rows
    },
    close: async () => void (await worker.terminate()),
  }
}

async function provide({ running, wants }: { running: Int32Array<SharedArrayBuffer>; wants: Want[] }): Promise<void> {
  const upstream = await startScriptedUpstream((request) => {
    const { chunkDelayMs, words } = wantOf(markerOf(request), wants)
    return { chunks: words, chunkDelayMs }
  })
  setInterval(() => Atomics.store(running, 0, upstream.openRequestCount()), COUNT_EVERY_MS)
  parentPort?.on('message', () => {
    const rows = upstream.requests.map((request): ProviderRow => {
      return { marker: markerOf(request), billed: billedNano(request), heldOutput: heldNano(request) }
    })
    parentPort?.postMessage(rows)
  })
  parentPort?.postMessage(upstream.baseUrl)
}

if (!isMainThread) await provide(workerData)
