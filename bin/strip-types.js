'use strict'
/*
 * Node strips the types of each source file anew at each start, and what it does that with stays in memory: 20 MB for each thread.
 * Once this is loaded, what is left of a file is kept, beside the code and trusted as much as it; later starts take that for as
 * long as the file is the same. Node's own cache of compiled code would do, but stays in memory too, and starts no sooner.
 * Run by itself it keeps them all, for a process that may not write here.
 */
const { hash } = require('node:crypto')
const { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } = require('node:fs')
const { registerHooks, stripTypeScriptTypes } = require('node:module')
const { join, dirname, relative } = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { threadId } = require('node:worker_threads')

const ROOT = join(__dirname, '..')
const SOURCE = join(ROOT, 'src')
const KEPT = join(ROOT, 'node_modules', '.cache', 'stripped', process.versions.node)
const SOURCE_URL = `${pathToFileURL(SOURCE).href}/`

if (require.main === module) for (const file of findSource()) stripped(file)
else registerHooks({ load })

function findSource() {
  const names = readdirSync(SOURCE, { recursive: true })
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => join(SOURCE, name))
}

function load(url, context, nextLoad) {
  if (!url.startsWith(SOURCE_URL) || !url.endsWith('.ts')) return nextLoad(url, context)
  const source = stripped(fileURLToPath(url))
  return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true }
}

/** What is left of a file without its types; undefined for what is no TypeScript: Node says best what is wrong with it, and where. */
function stripped(file) {
  const text = readFileSync(file, 'utf8')
  const kept = `${join(KEPT, relative(SOURCE, file))}.kept`
  const key = hash('sha256', text)
  const known = readKept(kept, key)
  if (known !== undefined) return known
  const source = strip(text)
  if (source !== undefined) keep(kept, key, source)
  return source
}

/** Undefined where nothing whole is kept of this very text. */
function readKept(kept, key) {
  try {
    const all = readFileSync(kept, 'utf8')
    const source = all.slice(all.indexOf('\n') + 1)
    return all.startsWith(`${headOf(key, source)}\n`) ? source : undefined
  } catch {
    return undefined
  }
}

/** Where it can't be written nothing is kept. */
function keep(kept, key, source) {
  const whole = `${kept}.${process.pid}-${threadId}`
  try {
    mkdirSync(dirname(kept), { recursive: true })
    writeFileSync(whole, `${headOf(key, source)}\n${source}`)
    renameSync(whole, kept)
  } catch {
    // The next start strips it again.
  }
}

/** After a power loss a file may be there without its end. */
function headOf(key, source) {
  return `${key} ${hash('sha256', source)}`
}

/** As Node itself does, which doesn't call it an experiment there. Lines and columns stay. */
function strip(text) {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(text)
  } catch {
    return undefined
  } finally {
    process.emitWarning = emitWarning
  }
}
