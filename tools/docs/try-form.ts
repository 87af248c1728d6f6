import { escapeHtml } from '../../src/http/html-page.ts'
import { alternativesOf, type Schema, typeText } from './schema-text.ts'

export interface TryField {
  name: string
  in: 'path' | 'query' | 'header'
  isRequired: boolean
  schema: Schema
  /** A value that it takes. */
  example: unknown
}

export interface TryRequest {
  method: string
  path: string
  fields: readonly TryField[]
  /** Undefined where there is none. */
  body: unknown
  needsKey: boolean
  keyVariable: string
  /** What it does beside answering; inference is charged. */
  effect: 'read' | 'write' | 'destructive' | 'charged'
}

const PLACES = { path: 'In the path', query: 'In the query', header: 'Headers' } as const

/**
 * A form that sends the request from the page itself (`assets/try-it.js`). Everything is in it that the script needs, because pages
 * run no inline script; without the script it stays hidden and the page is read as ever.
 */
export function tryForm(request: TryRequest): string {
  const { method, path, body, needsKey, keyVariable, effect } = request
  const attributes = { method, path, effect, key: needsKey ? keyVariable : '' }
  const data = Object.entries(attributes).map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`)
  return `<section class="try" aria-labelledby="try-it" hidden>
<h2 id="try-it">Try it</h2>
<p>Sends the request to this installation, from this page. ${EFFECTS[effect]}</p>
<form${data.join('')} autocomplete="off" novalidate>
${needsKey ? keyField() : ''}${Object.entries(PLACES)
  .map(([place, title]) => fieldset(request, place as keyof typeof PLACES, title))
  .join('')}${body === undefined ? '' : bodyField(body)}<p class="try-fault" role="alert"></p>
<p class="try-actions"><button type="submit" class="send">Send</button><button type="button" class="stop" hidden>Stop</button></p>
</form>
<div class="try-answer" role="status"></div>
<h3 id="try-curl">The same with curl</h3>
<figure class="code" data-language="bash"><pre tabindex="0" role="region" aria-label="The request with curl"><code></code></pre></figure>
<dialog class="try-confirm" aria-labelledby="try-confirm-title"><form method="dialog">
<h3 id="try-confirm-title">${effect === 'destructive' ? 'This deletes something' : 'This changes something'}</h3>
<p>It is done on this installation, by the key you gave:</p><p><code></code></p>
<p class="try-actions"><button value="">Cancel</button><button value="yes" class="send">Do it</button></p>
</form></dialog>
</section>
`
}

const EFFECTS = {
  read: 'It only reads.',
  write: 'It changes something, and asks before it does.',
  destructive: 'It deletes something, and asks before it does.',
  charged: 'What it costs is charged to the workspace of the key, as for any call.',
} as const satisfies Readonly<Record<TryRequest['effect'], string>>

function keyField(): string {
  return `<p class="try-field"><label for="try-key">API key</label>
<input id="try-key" type="text" class="secret" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="try-key-note">
<small id="try-key-note">Kept in the memory of this page alone: never stored, sent nowhere but here, gone when you leave the page.</small></p>
`
}

function fieldset({ fields }: TryRequest, place: keyof typeof PLACES, title: string): string {
  const own = fields.filter((field) => field.in === place)
  if (own.length === 0) return ''
  const rows = own.map(row).join('')
  const set = `<fieldset><legend>${title}</legend>${rows}</fieldset>`
  // What may be left out doesn't stand in the way.
  if (own.some(({ isRequired }) => isRequired)) return `${set}\n`
  return `<details><summary>${title}: ${own.length} optional</summary>${rows}</details>\n`
}

function row(field: TryField): string {
  const { name, isRequired, schema } = field
  const id = `try-${field.in}-${name}`
  const note = isRequired ? '' : ' <small>optional</small>'
  const shared = `id="${id}" name="${escapeHtml(name)}" data-in="${field.in}"${isRequired ? ' required' : ''}`
  const values = valuesOf(schema)
  const control = values === undefined ? input(field, shared) : select(values, isRequired, shared)
  return `<p class="try-field"><label for="${id}"><code>${escapeHtml(name)}</code>${note}</label>${control}</p>`
}

function input({ schema, isRequired, example }: TryField, shared: string): string {
  const text = escapeHtml(String(example ?? ''))
  const filled = isRequired ? ` value="${text}"` : ''
  return `<input type="text" ${shared} placeholder="${escapeHtml(typeText(schema))}" spellcheck="false"${filled}>`
}

function select(values: readonly string[], isRequired: boolean, shared: string): string {
  const options = [...(isRequired ? [] : ['']), ...values].map(
    (value) => `<option value="${escapeHtml(value)}">${escapeHtml(value === '' ? '–' : value)}</option>`,
  )
  return `<select ${shared}>${options.join('')}</select>`
}

/** All that there are, where they can be listed. */
function valuesOf(schema: Schema): readonly string[] | undefined {
  const choices = alternativesOf(schema).filter(({ type }) => type !== 'null')
  const values = choices.flatMap((choice) => {
    if (choice.enum !== undefined) return choice.enum.map(String)
    if (choice.const !== undefined) return [String(choice.const)]
    return choice.type === 'boolean' ? ['true', 'false'] : [undefined]
  })
  return values.every((value) => value !== undefined) && values.length > 0 ? [...new Set(values)] : undefined
}

function bodyField(body: unknown): string {
  const text = JSON.stringify(body, null, 2)
  return `<p class="try-field"><label for="try-body">Body, as JSON</label>
<textarea id="try-body" spellcheck="false" rows="${Math.min(20, text.split('\n').length + 1)}">${escapeHtml(text)}</textarea></p>
`
}
