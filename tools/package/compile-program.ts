import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, posix } from 'node:path'
import { parseSync } from 'vite'

export interface CompiledProgram {
  /** The text of each module, by its path below the source, such as `cli/main.js`. */
  modules: ReadonlyMap<string, string>
  /** The packages that some module imports. */
  packages: ReadonlySet<string>
}

/** What a module names: a package or another module, in quotes. */
interface Reference {
  /** Where its quotes begin and end. */
  start: number
  end: number
  /** Beside the module, also without `./`. */
  isPath: boolean
}

/** Threads and programs that a module starts. */
const BESIDE = /(?<=new URL\()'[\w./-]+\.ts'(?=, import\.meta\.url\))/g
const PACKAGE = /^(?:@[^/]+\/)?[^/]+/

/**
 * The programs, each a path below `source`, and every module that they lead to, without their types: those become blanks, as when
 * Node strips them, so that each line and column stays where it was. Tests, and modules of types alone, are led to by none.
 */
export function compileProgram(source: string, programs: readonly string[]): CompiledProgram {
  const modules = new Map<string, string>()
  const packages = new Set<string>()
  const waiting = [...programs]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = compiledName(path)
    if (modules.has(name)) continue
    let text = stripTypeScriptTypes(readFileSync(join(source, path), 'utf8'))
    for (const { start, end, isPath } of referencesIn(name, text)) {
      const named = text.slice(start + 1, end - 1)
      if (isPath || named.startsWith('.')) {
        waiting.push(posix.join(posix.dirname(path), named.replace(/\.js$/, '.ts')))
        text = `${text.slice(0, start + 1)}${compiledName(named)}${text.slice(end - 1)}`
      } else if (!named.startsWith('node:')) {
        packages.add(PACKAGE.exec(named)?.[0] ?? named)
      }
    }
    modules.set(name, text)
  }
  return { modules, packages }
}

/** As long as the name of the source, so that what follows it stays where it is. */
function compiledName(path: string): string {
  return path.replace(/\.ts$/, '.js')
}

function referencesIn(name: string, text: string): Reference[] {
  const { errors, module } = parseSync(name, text)
  if (errors[0]) throw new Error(`${name}: ${errors[0].message}`)
  const imports = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
    ...module.dynamicImports.map(({ moduleRequest }) => moduleRequest),
  ].map(({ start, end }) => ({ start, end, isPath: false }))
  const paths = [...text.matchAll(BESIDE)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
    isPath: true,
  }))
  const references = [...imports, ...paths]
  const computed = references.find(({ start, end }) => !/^(['"])[^'"]+\1$/.test(text.slice(start, end)))
  if (computed) throw new Error(`${name}: ${text.slice(computed.start, computed.end)} can't be followed`)
  return references
}
