/** Who wants to hear of NOTIFY on a channel. */
export interface NotificationListener {
  onNotify: (payload: string) => void
  /** Notifications may have been lost meanwhile. */
  onReconnect?: () => void
}

/** Listeners by channel. Channel names are plain identifiers, because LISTEN takes no parameter. */
export class ChannelListeners {
  readonly #byChannel = new Map<string, Set<NotificationListener>>()

  /** True when nobody listened on the channel before. */
  add(channel: string, listener: NotificationListener): boolean {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) throw new RangeError(`not a channel name: ${channel}`)
    const listeners = this.#byChannel.get(channel)
    if (listeners) listeners.add(listener)
    else this.#byChannel.set(channel, new Set([listener]))
    return listeners === undefined
  }

  remove(channel: string, listener: NotificationListener): void {
    // The channel stays: an UNLISTEN could cross with a new listener.
    this.#byChannel.get(channel)?.delete(listener)
  }

  channels(): string[] {
    return [...this.#byChannel.keys()]
  }

  notify(channel: string, payload: string): void {
    for (const listener of this.#byChannel.get(channel) ?? []) listener.onNotify(payload)
  }

  reconnected(): void {
    for (const listeners of this.#byChannel.values()) {
      for (const listener of listeners) listener.onReconnect?.()
    }
  }
}
