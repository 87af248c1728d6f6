import { z } from 'zod'
import { operation } from '../operation.ts'
import { FindingWire } from './explanations.ts'

const Which = {
  id: z.string().min(1).max(100),
  /** Its place among the `guardrail_findings` of the explanation, from 0; left out, all of them. */
  finding: z.int().min(0).max(10_000).optional(),
}
const path = '/api/v1/generation/false-positive'
const tag = 'Generations'
/** All findings of the request, as they are marked now. */
const output = z.object({ data: z.object({ id: z.string(), guardrail_findings: z.array(FindingWire) }) })

const markFalsePositive = operation({
  id: 'markFalsePositive',
  method: 'PUT',
  path,
  summary:
    'Mark what content filters found in a request, refused or not, as a false positive; again replaces the comment',
  tag,
  permission: 'guardrail:write',
  effect: 'write',
  input: z.strictObject({ ...Which, comment: z.string().max(1_000).optional() }),
  output,
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const unmarkFalsePositive = operation({
  id: 'unmarkFalsePositive',
  method: 'DELETE',
  path,
  summary: 'Take back that what content filters found in a request was a false positive',
  tag,
  permission: 'guardrail:write',
  effect: 'destructive',
  mayDoNothing: true,
  input: z.strictObject(Which),
  output,
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const FALSE_POSITIVE_OPERATIONS = { markFalsePositive, unmarkFalsePositive } as const
