const PLAIN_KEY = /^[A-Za-z_][\w-]*$/
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i
const INDENT = '  '

/** JSON data as YAML in block style. Scalars are written as JSON writes them, which YAML 1.2 reads alike. */
export function toYaml(value: unknown): string {
  return `${lines(value, '').join('\n')}\n`
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = lines(item, indent + INDENT)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  if (isFilledObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => {
      const name = `${indent}${PLAIN_KEY.test(key) && !RESERVED.test(key) ? key : JSON.stringify(key)}:`
      const isBlock = isFilledObject(item) || (Array.isArray(item) && item.length > 0)
      return isBlock ? [name, ...lines(item, indent + INDENT)] : [`${name} ${JSON.stringify(item)}`]
    })
  }
  return [indent + JSON.stringify(value)]
}

function isFilledObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}
