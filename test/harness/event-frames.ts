import { crc32 } from 'node:zlib'

/** A frame of an event stream of AWS with text headers, made by other code than what reads it. */
export function eventFrame(headers: Readonly<Record<string, string>>, payload: string | Buffer): Buffer {
  const encoded = Object.entries(headers).map(([name, value]) => {
    const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)]
    const size = Buffer.alloc(3)
    size.writeUInt8(7, 0)
    size.writeUInt16BE(valueBytes.length, 1)
    return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, size, valueBytes])
  })
  const head = Buffer.concat(encoded)
  const body = Buffer.from(payload)
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + head.length + body.length, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, head, body])
  const end = Buffer.alloc(4)
  end.writeUInt32BE(crc32(whole), 0)
  return Buffer.concat([whole, end])
}

/** Events of a model as Bedrock streams them; those whose name ends in `Exception` end the stream. */
export function eventStream(events: readonly (readonly [type: string, payload: unknown])[]): Buffer {
  return Buffer.concat(
    events.map(([type, payload]) =>
      type.endsWith('Exception')
        ? exceptionFrame(type, String((payload as { message?: unknown }).message))
        : eventFrame(
            { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
            JSON.stringify(payload),
          ),
    ),
  )
}

export function exceptionFrame(type: string, message: string): Buffer {
  return eventFrame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  )
}
