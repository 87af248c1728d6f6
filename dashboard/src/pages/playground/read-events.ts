const LINE_LENGTH_MAX = 4_000_000

/** The `data` of each event of a stream of server-sent events, but comments and the `[DONE]` at its end. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      const text = rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))
      const lines = text.split(/\r?\n/)
      rest = done ? '' : (lines.pop() ?? '')
      if (rest.length > LINE_LENGTH_MAX) throw new Error('The stream has a line that is too long.')
      yield* dataOf(lines)
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function dataOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const data = /^data: ?(.*)$/s.exec(line)?.[1]
    return data === undefined || data === '[DONE]' ? [] : [data]
  })
}
