export interface NetworkFaults {
  /** Probabilities for each message. */
  loss: number
  duplication: number
  /** A message takes from `step` to this long, chosen for each, so that they overtake each other. */
  delayMsMax: number
}

interface Message {
  at: number
  replica: string
  deliver: () => void
}

/** Carries messages between replicas and the database under a virtual clock, or loses, doubles and reorders them. */
export class Network {
  faults: NetworkFaults
  readonly #random: () => number
  readonly #stepMs: number
  #messages: Message[] = []
  /** Until when a replica is cut off. */
  readonly #cutUntil = new Map<string, number>()

  constructor(random: () => number, stepMs: number, faults: NetworkFaults) {
    this.#random = random
    this.#stepMs = stepMs
    this.faults = faults
  }

  cutOff(replica: string, untilMs: number): void {
    this.#cutUntil.set(replica, untilMs)
  }

  heal(): void {
    this.#cutUntil.clear()
  }

  send(replica: string, now: number, deliver: () => void): void {
    const { loss, duplication, delayMsMax } = this.faults
    const delay = () => this.#stepMs + Math.floor(this.#random() * Math.max(0, delayMsMax - this.#stepMs))
    if (this.#random() < loss) return
    this.#messages.push({ at: now + delay(), replica, deliver })
    if (this.#random() < duplication) this.#messages.push({ at: now + 3 * delay(), replica, deliver })
  }

  step(now: number): void {
    const due = this.#messages.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
    this.#messages = this.#messages.filter(({ at }) => at > now)
    for (const { replica, deliver } of due) if (now >= (this.#cutUntil.get(replica) ?? 0)) deliver()
  }
}
