export const PASSWORD_LENGTH_MIN = 15
/** Where a second factor is asked for as well. */
export const PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR = 8
export const PASSWORD_LENGTH_MAX = 128

/**
 * What is wrong with a password, in words for its owner; undefined when it will do. Length alone counts, in characters as
 * people count them, and that it isn't the login name: rules about kinds of characters make passwords worse.
 * Source: NIST SP 800-63B-4, 3.1.1.2.
 */
export function passwordProblem(
  password: string,
  { email, hasSecondFactor }: { email: string; hasSecondFactor: boolean },
): string | undefined {
  const length = [...password.normalize('NFKC')].length
  const min = hasSecondFactor ? PASSWORD_LENGTH_MIN_WITH_SECOND_FACTOR : PASSWORD_LENGTH_MIN
  if (length < min) return `The password must have at least ${min} characters`
  if (length > PASSWORD_LENGTH_MAX) return `The password must have at most ${PASSWORD_LENGTH_MAX} characters`
  if (password.trim().toLowerCase() === email.toLowerCase()) return 'The password must not be the e-mail address'
  if (new Set(password).size === 1) return 'The password must not be one character over and over'
  return undefined
}
