/** A credential of ours or of a provider, wherever it stands. */
export const CREDENTIAL = /\b(?:(?:sk-or-v1|scim-v1)-[0-9a-f]{64}|sk-(?:proj|ant)-[\w-]{20,})\b/
/** Where secrets stand in what is sent and answered. */
const SECRET_NAME = /secret|password|token$|api_?key$|^key$|authorization|private_?key|credential/i
const LINK_TOKEN = /[?&]token=([\w-]+)/g
const LENGTH_MIN = 12

/** Adds every text under the name of a secret, and the token of every link, to `found`. Tests nest deeper than a stack is. */
export function collectSecrets(value: unknown, found: Set<string>): void {
  const waiting: Named[] = [{ value, name: '' }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: here, name } = next
    if (typeof here === 'string') for (const secret of secretsIn(here, name)) found.add(secret)
    else waiting.push(...partsOf(here, name))
  }
}

interface Named {
  value: unknown
  name: string
}

/** The elements of a list are under the list's name. */
function partsOf(value: unknown, name: string): Named[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, item]) => ({ value: item, name: Array.isArray(value) ? name : key }))
}

function secretsIn(text: string, name: string): string[] {
  const inLinks = [...text.matchAll(LINK_TOKEN)].map(([, token = '']) => token)
  return SECRET_NAME.test(name) && text.length >= LENGTH_MIN ? [text, ...inLinks] : inLinks
}
