const WAITING_MAX = 10_000

interface UsedKey {
  hash: string
  organizationId: string
}

export interface UsedOverlapsOptions {
  /** Keys whose present secret was used since the last time, while one before it works yet. */
  takeUsed: () => UsedKey[]
  /** What became of the deliveries of these secrets; those that nothing depends on are missing. */
  findDeliveries: (hashes: readonly string[]) => Promise<readonly { hash: string; status: string }[]>
  end: (key: UsedKey) => Promise<void>
}

/** Ends the secrets before one that was delivered and has been used. A use before the receiver has said that it took the
 *  secret counts, too, but not before it has said so. */
export function createUsedOverlaps({ end, findDeliveries, takeUsed }: UsedOverlapsOptions): () => Promise<void> {
  const waiting = new Map<string, UsedKey>()
  return async () => {
    for (const key of takeUsed()) if (waiting.size < WAITING_MAX) waiting.set(key.hash, key)
    if (waiting.size === 0) return
    const deliveries = await findDeliveries([...waiting.keys()])
    const statuses = new Map(deliveries.map(({ hash, status }) => [hash, status]))
    for (const [hash, key] of waiting) {
      const status = statuses.get(hash)
      if (status === 'pending') continue
      waiting.delete(hash)
      if (status === 'delivered') await end(key)
    }
  }
}
