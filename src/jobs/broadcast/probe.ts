import type { DestinationType } from '../../contract/management/destination-types.ts'
import type { SendGuarded } from '../../upstream/guarded-http.ts'
import type { DestinationSecrets, TraceFormat } from './formats/format.ts'
import { answerText } from './verdict.ts'

/** `message`: what was answered, or why nothing was; `status` is null then. */
type Probe = (
  type: DestinationType,
  config: DestinationSecrets,
) => Promise<{ isGood: boolean; status: number | null; message: string }>

/** Tries a destination with its configuration, secrets included. Never throws. */
export function createProbe(parts: {
  send: SendGuarded
  now: () => number
  formats: Readonly<Record<DestinationType, TraceFormat>>
}): Probe {
  return async (type, config) => {
    const format = parts.formats[type]
    try {
      const { body, ...request } = format.probe({ config, now: parts.now() })
      const signal = new AbortController().signal
      const answer = await parts.send({ ...request, ...(body === '' ? {} : { body }), signal })
      const { status } = answer
      const text = answer.body.toString('utf8')
      const fault = status < 300 ? format.faultIn?.(text) : undefined
      const isGood = (status >= 200 && status < 300 && fault === undefined) || format.isProbeGood?.(status) === true
      return { isGood, status, message: fault ?? answerText(status, text) }
    } catch (error) {
      return { isGood: false, status: null, message: error instanceof Error ? error.message : String(error) }
    }
  }
}
