import type { DecodedAnswer } from '../../dialects/dialect.ts'
import { asObject } from '../../dialects/json-fields.ts'
import { healJson } from '../../domain/heal-json.ts'
import type { Repair } from '../../domain/json-mender.ts'
import type { RouterTrace } from '../router-metadata.ts'

/** The answer with the texts of its choices made the JSON that they were to be, where they aren't and can be. One that the model
 *  didn't end itself stays as it is: what is missing of it isn't known. */
export function healAnswer(answer: DecodedAnswer, trace: RouterTrace | null): DecodedAnswer {
  const repairs = new Set<Repair>()
  const choices = answer.choices.map((choice) => {
    const message = asObject(choice['message'])
    const content = message?.['content']
    if (typeof content !== 'string' || choice['finish_reason'] !== 'stop') return choice
    const healed = healJson(content)
    if (healed === null) return choice
    for (const repair of healed.repairs) repairs.add(repair)
    return { ...choice, message: { ...message, content: healed.text } }
  })
  if (repairs.size === 0) return answer
  trace?.healed([...repairs])
  // What came is not what is answered now, in whichever format.
  return { ...answer, choices, native: null }
}
