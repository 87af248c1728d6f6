/*
 * What attempts to take a model over look like. Pieces of each pattern: `_` is white space; repetitions are bounded and none
 * stands inside another. Source of the categories and names: OpenRouter docs, prompt-injection guardrail.
 */

const SPACE = '\\s{1,8}'
const QUALIFIER =
  '(?:safety|security|system|operational|internal|core|original|initial|existing|given|stated|provided|defined|specified|established)'
const RULES = '(?:instruction|rule|guideline|constraint|directive)s?'
const EARLIER = `(?:previous|prior|above)_(?:${QUALIFIER}_)?${RULES}`
const POLITE = '(?:all_)?(?:of_)?(?:the_|your_|any_|my_)?'
const PROMPT = '(?:full_|hidden_|complete_|internal_|secret_|original_|entire_|exact_|actual_|real_){0,2}'
const SYSTEM = '(?:system|sytem|systm|sysem|sistem|systme|syestm|initial)'
const LIMITS = '(?:restriction|limitation|limit|filter|constraint|rule|guardrail|boundarie)s?'

const INSENSITIVE: Readonly<Record<string, string>> = {
  ignore_previous_instructions: `\\bignore_${POLITE}${EARLIER}\\b`,
  disregard_instructions: `\\bdisregard_${POLITE}${EARLIER}\\b`,
  forget_instructions: `\\bforget_${POLITE}${EARLIER}\\b`,
  new_instructions: '\\bnew_instructions?\\s{0,4}:',
  do_not_follow: "\\b(?:do_not|don't)_follow_(?:the_|your_|any_)?(?:system|developer|previous|original)\\b",
  supersede_instructions: `\\bsupersedes?_${POLITE}(?:previous_|prior_|existing_|system_|earlier_)?${RULES}\\b`,
  void_instructions:
    '\\b(?:previous|prior)_instructions?_(?:are|is)_(?:now_)?(?:void|invalid|null|obsolete|cancell?ed|revoked)\\b',
  developer_mode: '\\byou_are_now_(?:in_)?(?:a_)?developer_mode\\b',
  enter_special_mode: '\\benter_(?:the_|into_)?(?:developer|admin|debug|maintenance)_mode\\b',
  activate_special_mode: '\\bactivate_(?:the_)?(?:developer|admin|debug|jailbreak)_mode\\b',
  system_override: '\\bsystem_override\\b',
  override_instructions: `\\boverride_${POLITE}(?:previous_|prior_|system_|safety_)?${RULES}\\b`,
  reveal_prompt: `\\breveal_(?:your_|the_|its_|his_|her_|their_|my_)?${PROMPT}(?:${SYSTEM}_)?prompt\\b`,
  show_prompt: `\\bshow_(?:me_)?(?:your_|the_|its_)?${PROMPT}${SYSTEM}_prompt\\b`,
  what_instructions: '\\bwhat_(?:are|were)_(?:your_)?(?:exact_|original_|system_|initial_)?instructions\\b',
  repeat_instructions: '\\brepeat_(?:the_)?(?:text|instructions)_(?:above|before)\\b',
  output_prompt: '\\boutput_(?:your_|the_)?(?:initial|original|system)_(?:prompt|instructions)\\b',
  remove_restrictions: `\\bremove_${POLITE}(?:content_|safety_|security_)?${LIMITS}\\b`,
  act_unbound: `\\bact_(?:as_if_|as_though_|like_|as_)(?:you_(?:are|were|have)_)?(?:an?_)?(?:unrestricted|unbound|unfiltered|not_bound|no_${LIMITS})\\b`,
  pretend_different:
    '\\bpretend_(?:that_)?(?:you_are|to_be)_(?:an?_)?(?:different|another|unrestricted|unfiltered|uncensored|evil)\\b',
  identity_hijack: `\\byou_are_now_[^\\n]{1,40}?\\b(?:unrestricted|unfiltered|uncensored|without_(?:any_)?${LIMITS}|with_no_${LIMITS}|has_no_${LIMITS}|no_longer_bound)\\b`,
  jailbreak_mode: '\\bjailbreak(?:ed)?_(?:mode|prompt)\\b',
  bypass_safety: `\\bbypass_${POLITE}(?:safety|security|content|ethical|ethics)\\b`,
  disable_safety:
    '\\b(?:disable|deactivate|turn_off)_(?:all_)?(?:of_)?(?:the_|your_|any_)?(?:safety|security|content|ethical)_(?:filter|feature|check|protocol|measure|guideline|guardrail|mode)s?\\b',
  ignore_safety: `\\bignore_${POLITE}(?:safety|security|ethical|content)_(?:guideline|rule|filter|restriction|protocol|polic(?:y|ie)|measure)s?\\b`,
  system_tag_injection: '<\\s{0,4}/?\\s{0,4}system(?:_prompt)?\\s{0,4}>',
  role_tag_injection: '<\\s{0,4}/?\\s{0,4}(?:assistant|developer|tool|function)\\s{0,4}>',
  role_delimiter_injection: '^[ \\t]{0,8}(?:#{2,6}|-{3,8}|={3,8})[ \\t]{0,4}(?:system|assistant|developer)\\b',
  bracketed_role_spoofing: '\\[\\s{0,4}(?:system|assistant|developer|admin)(?:_message|_prompt)?\\s{0,4}\\]',
  system_prefix_spoofing: '^[ \\t]{0,8}system\\s{0,4}:',
}

const SENSITIVE: Readonly<Record<string, string>> = {
  dan_jailbreak: '\\bDAN\\b[^\\n]{0,80}?\\b[Dd]o_[Aa]nything_[Nn]ow\\b',
  control_tokens:
    '<\\|(?:im_start|im_end|eot_id|start_header_id|end_header_id|endoftext|begin_of_text)\\|>|<[|\uff5c](?:begin|end)\u2581of\u2581sentence[|\uff5c]>',
}

export interface InjectionPattern {
  name: string
  form: RegExp
}

/** `_` alone stands for white space; inside the words of a control token it is itself. */
export const INJECTION_PATTERNS: readonly InjectionPattern[] = [
  ...Object.entries(INSENSITIVE).map(([name, source]) => pattern(name, source.replaceAll('_', SPACE), 'gim')),
  ...Object.entries(SENSITIVE).map(([name, source]) =>
    pattern(name, name === 'control_tokens' ? source : source.replaceAll('_', SPACE), 'g'),
  ),
]

function pattern(name: string, source: string, flags: string): InjectionPattern {
  return { name, form: new RegExp(source, flags) }
}

/** A text without any of these has none of the patterns, which is found out in one pass. */
export const INJECTION_STEMS =
  /ignore|repeat|disregard|forget|instruction|follow|supersede|mode|override|prompt|remove|unrestricted|unbound|unfiltered|uncensored|bound|pretend|you\s{1,8}are\s{1,8}now|jailbreak|bypass|disable|deactivate|turn\s{1,8}off|system|assistant|developer|tool|function|admin|act\s|DAN|<[|\uff5c]/i

export const SCRAMBLED_WORDS = ['ignore', 'bypass', 'override', 'reveal', 'delete', 'system', 'prompt', 'instructions']
export const ENCODED_WORDS = ['ignore', 'bypass', 'override', 'reveal', 'system', 'prompt']

/** What stays of an attempt when all blanks are gone. */
export const GLUED_PHRASES = [
  'ignoreprevious',
  'ignoreallprevious',
  'ignoreprior',
  'disregardprevious',
  'forgetprevious',
  'systemoverride',
  'systemprompt',
  'developermode',
  'revealprompt',
  'bypasssafety',
  'disablesafety',
]
