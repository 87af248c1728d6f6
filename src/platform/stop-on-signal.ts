/** Runs `stopOnce` at the first SIGTERM or SIGINT and then ends the process: with 0, or with 1 and the error. A second signal
 *  ends it at once. */
export function stopOnSignal(stopOnce: (signal: string) => Promise<void>): void {
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1)
      isStopping = true
      void stopOnce(signal).then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
          process.exit(1)
        },
      )
    })
  }
}
