import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '../harness/gateway-process.ts'

interface Probe {
  from: number
  until: number
}

const PAUSE_MS = 50

/** Asks each replica for its health again and again: as long as that takes, any answer may be on its way to the caller. */
export class LagProbes {
  readonly #probes: Probe[][]
  readonly #running: Promise<void>[]
  #isOver = false

  constructor(gateways: readonly Gateway[]) {
    this.#probes = gateways.map(() => [])
    this.#running = gateways.map(({ url }, replica) => this.#run(url, replica))
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  /** The longest of those that ran at this moment or a little before. */
  lagMs(replica: number, at: number, littleMs: number): number {
    const around = (this.#probes[replica] ?? []).filter(({ from, until }) => from <= at && until >= at - littleMs)
    return Math.max(0, ...around.map(({ from, until }) => until - from))
  }

  async #run(url: string, replica: number): Promise<void> {
    while (!this.#isOver) {
      const from = performance.now()
      // One that a kill broke off waited as long as others did.
      await fetch(`${url}/healthz`)
        .then(
          (answer) => answer.text(),
          () => {},
        )
        .catch(() => {})
      this.#probes[replica]?.push({ from, until: performance.now() })
      await sleep(PAUSE_MS)
    }
  }
}
