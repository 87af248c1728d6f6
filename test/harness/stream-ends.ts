/** How a stream that reached a client ends: what is wrong with that, or undefined where exactly one terminal event is the last one. */
export function endProblem(protocol: string, text: string): string | undefined {
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'))
  const data = events.map((event) => event.replace(/^event: .*\n/, '').replace(/^data: /, ''))
  const ends = [...data.keys()].filter((at) => isTerminal(protocol, data[at] ?? ''))
  return ends.length === 1 && ends[0] === data.length - 1 ? undefined : `ends at ${ends} of ${data.length}`
}

function isTerminal(protocol: string, data: string): boolean {
  if (data === '[DONE]') return true
  const event = JSON.parse(data) as { error?: unknown; type?: string }
  if (protocol === 'responses') return /^(response\.(completed|incomplete|failed)|error)$/.test(event.type ?? '')
  if (protocol === 'messages') return /^(message_stop|error)$/.test(event.type ?? '')
  return event.error !== undefined
}
