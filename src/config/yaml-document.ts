import { parse } from 'yaml'

/** What a YAML (or JSON) text says. Throws an Error that names the line. */
export function parseYaml(text: string): unknown {
  return parse(text)
}
