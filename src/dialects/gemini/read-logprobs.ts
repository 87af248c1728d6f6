import { asObject } from '../json-fields.ts'

type Fields = Record<string, unknown>

/** `logprobsResult` in the shape of chat completions; undefined where there is none. */
export function readLogprobs(value: unknown): Fields | undefined {
  const result = asObject(value)
  const chosen = result?.['chosenCandidates']
  if (result === undefined || !Array.isArray(chosen)) return undefined
  const tops = Array.isArray(result['topCandidates']) ? result['topCandidates'] : []
  const content = chosen.map((entry, at) => {
    const others = asObject(tops[at])?.['candidates']
    return { ...toToken(entry), top_logprobs: Array.isArray(others) ? others.map(toToken) : [] }
  })
  return { content, refusal: null }
}

function toToken(entry: unknown): { token: string; logprob: number; bytes: null } {
  const { token, logProbability } = asObject(entry) ?? {}
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: null,
  }
}
