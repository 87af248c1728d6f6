import type { BuiltinSlug } from '../contract/management/guardrail-fields.ts'

/** How the built-in filters call what they find: in a redacted text, and in the refusal of a blocked request. */
export const BUILTIN_LABELS: Readonly<Record<BuiltinSlug, { placeholder: string; human: string }>> = {
  email: { placeholder: '[EMAIL]', human: 'Email address' },
  phone: { placeholder: '[PHONE]', human: 'Phone number' },
  ssn: { placeholder: '[SSN]', human: 'Social Security number' },
  'credit-card': { placeholder: '[CREDIT_CARD]', human: 'Credit card number' },
  'ip-address': { placeholder: '[IP_ADDRESS]', human: 'IP address' },
  'person-name': { placeholder: '[PERSON_NAME]', human: '[PERSON_NAME]' },
  address: { placeholder: '[ADDRESS]', human: '[ADDRESS]' },
  iban: { placeholder: '[IBAN]', human: 'Bank account number' },
  credential: { placeholder: '[CREDENTIAL]', human: 'Key or token' },
  'regex-prompt-injection': { placeholder: '[PROMPT_INJECTION]', human: 'Prompt injection' },
}

/** Found by their wording, without a language model: by far not all of them. */
export const BEST_EFFORT_BUILTINS: readonly BuiltinSlug[] = ['person-name', 'address']

/** In the place of a filter's name, where the texts of a request could not be looked through in time. */
export const NOT_CHECKED = 'not_checked'
