import { ConfigError } from './config.ts'

export interface ReloadOptions<T> {
  load: () => Promise<T>
  /** Puts the new one in the place of the old. */
  apply: (loaded: T) => void
  /** Tells why the old one stays. */
  reject: (problems: readonly string[]) => void
}

/**
 * A function that loads and applies once each time it is called, all or nothing. Calls while a load runs lead to one more
 * load after it, so that what is applied last was read last. Never rejects.
 */
export function makeReload<T>({ load, apply, reject }: ReloadOptions<T>): () => Promise<void> {
  let running: Promise<void> | undefined
  let isWantedAgain = false

  const run = async () => {
    do {
      isWantedAgain = false
      try {
        // A turn later, so that even a load that throws at once ends after `running` is set.
        apply(await Promise.resolve().then(load))
      } catch (error) {
        reject(error instanceof ConfigError ? error.problems : [String(error)])
      }
    } while (isWantedAgain)
    running = undefined
  }
  return () => {
    if (running) isWantedAgain = true
    else running = run()
    return running
  }
}
