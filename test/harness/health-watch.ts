/** A second caller, in a thread of its own: what keeps the test's own thread busy doesn't count as waiting. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** Asks for `url` without pause until `stop`, which gives the longest wait for an answer in milliseconds. */
export async function watchHealth(url: string): Promise<{ stop(): Promise<number> }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: url })
  const next = () =>
    new Promise<number>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
  await next()
  return {
    stop: async () => {
      const longest = next()
      worker.postMessage('stop')
      return await longest.finally(() => worker.terminate())
    },
  }
}

async function watch(url: string): Promise<void> {
  let longestMs = 0
  let isOver = false
  parentPort?.once('message', () => {
    isOver = true
  })
  // The first request pays for the connection.
  for (let count = 0; !isOver; count += 1) {
    const begin = performance.now()
    await (await fetch(url)).arrayBuffer()
    if (count > 0) longestMs = Math.max(longestMs, performance.now() - begin)
    if (count === 0) parentPort?.postMessage(0)
  }
  parentPort?.postMessage(longestMs)
}

if (!isMainThread && typeof workerData === 'string') await watch(workerData)
