/* Sends the request of a page of the reference. The key is in its field and nowhere else. */

const TEXT_LENGTH_MAX = 200_000
const WORTH_KNOWING =
  /^(content-type|retry-after|idempotent-replayed|x-request-id|x-generation-id|x-ratelimit-.*|x-switchyard-.*)$/

const section = document.querySelector('.try')
if (section !== null) begin()

function begin() {
  const form = section.querySelector('form')
  const confirmation = section.querySelector('dialog')
  const stop = section.querySelector('.stop')
  const send = form.querySelector('.send')
  let running
  section.hidden = false
  linkFromAbove()
  form.addEventListener('input', () => {
    tell(form, '')
    showCurl(form)
  })
  showCurl(form)
  // A page that the browser keeps for going back keeps no key.
  addEventListener('pagehide', () => {
    if (form.querySelector('#try-key') !== null) form.querySelector('#try-key').value = ''
  })
  stop.addEventListener('click', () => running?.abort())
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const request = read(form)
    if (request === undefined || running !== undefined) return
    if (!(await isMeant(confirmation, form, request))) return
    running = new AbortController()
    send.disabled = true
    stop.hidden = false
    await ask(request, running.signal)
    running = undefined
    send.disabled = false
    stop.hidden = true
  })
}

function linkFromAbove() {
  const link = document.createElement('a')
  link.href = '#try-it'
  link.className = 'try-link'
  link.textContent = 'Try it'
  document.querySelector('article h1 + p')?.append(' ', link)
}

/** The request as the fields say; undefined where one is missing or wrong, which is said and gets the focus. */
function read(form) {
  const key = form.querySelector('#try-key')
  if (key !== null && key.value.trim() === '') return refuse(form, key, 'Give a key first.')
  for (const field of form.querySelectorAll('[data-in][required]'))
    if (field.value.trim() === '') return refuse(form, field, `${field.name} is needed.`)
  const body = form.querySelector('#try-body')
  if (body !== null) {
    try {
      JSON.parse(body.value)
    } catch (error) {
      return refuse(form, body, `The body is no JSON: ${error.message}`)
    }
  }
  return requestOf(form)
}

function requestOf(form) {
  const given = [...form.querySelectorAll('[data-in]')].filter(({ value }) => value.trim() !== '')
  const of = (place) =>
    given.filter((field) => field.dataset.in === place).map(({ name, value }) => [name, value.trim()])
  const path = of('path').reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)),
    form.dataset.path,
  )
  const query = new URLSearchParams(of('query')).toString()
  const body = form.querySelector('#try-body')?.value
  return {
    method: form.dataset.method,
    path: query === '' ? path : `${path}?${query}`,
    key: form.querySelector('#try-key')?.value.trim(),
    headers: [...of('header'), ...(body === undefined ? [] : [['Content-Type', 'application/json']])],
    body,
  }
}

function refuse(form, field, sentence) {
  field.setAttribute('aria-invalid', 'true')
  tell(form, sentence)
  field.closest('details')?.setAttribute('open', '')
  field.focus()
  return undefined
}

function tell(form, sentence) {
  form.querySelector('.try-fault').textContent = sentence
  if (sentence === '')
    for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid')
}

function isMeant(dialog, form, { method, path }) {
  if (form.dataset.effect !== 'write' && form.dataset.effect !== 'destructive') return Promise.resolve(true)
  dialog.querySelector('code').textContent = `${method} ${path}`
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

async function ask({ method, path, key, headers, body }, signal) {
  const startedAt = performance.now()
  const took = () => `${Math.round(performance.now() - startedAt)} ms`
  const shown = showAnswer()
  try {
    const own = key === undefined ? [] : [['Authorization', `Bearer ${key}`]]
    const init = { method, headers: [...headers, ...own], credentials: 'omit', signal }
    const response = await fetch(path, body === undefined ? init : { ...init, body })
    shown.status(`${response.status} ${response.statusText}`, response.ok, 'answering')
    shown.headers([...response.headers].filter(([name]) => WORTH_KNOWING.test(name)))
    await readBody(response, shown.text)
    shown.status(`${response.status} ${response.statusText}`, response.ok, took())
  } catch (error) {
    shown.status(signal.aborted ? 'Stopped' : `No answer: ${error.message}`, false, took())
  }
}

/** As it comes, and once it is whole in order. */
async function readBody(response, show) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined && text.length < TEXT_LENGTH_MAX) {
    const { done, value } = await reader.read()
    if (done) break
    text += value
    show(text)
  }
  await reader?.cancel().catch(() => {})
  const isCut = text.length >= TEXT_LENGTH_MAX
  show(isCut ? `${text.slice(0, TEXT_LENGTH_MAX)}\n… the rest is not shown` : inOrder(text))
}

function inOrder(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function showAnswer() {
  const make = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text })
  const status = make('p')
  const list = make('dl')
  const body = make('pre')
  body.tabIndex = 0
  body.setAttribute('role', 'region')
  body.setAttribute('aria-label', 'Body of the answer')
  section.querySelector('.try-answer').replaceChildren(status, list, body)
  return {
    status: (text, isGood, note) => {
      const strong = make('strong', text)
      strong.className = isGood ? 'good' : 'bad'
      status.replaceChildren(strong, ` ${note}`)
    },
    headers: (pairs) =>
      list.replaceChildren(...pairs.flatMap(([name, value]) => [make('dt', name), make('dd', value)])),
    text: (text) => {
      body.textContent = text
    },
  }
}

function showCurl(form) {
  const { method, path, headers, body } = requestOf(form)
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(location.origin + path)}`]
  if (form.dataset.key !== '') lines.push(`-H "Authorization: Bearer $${form.dataset.key}"`)
  for (const [name, value] of headers) lines.push(`-H ${quoted(`${name}: ${value}`)}`)
  if (body !== undefined) lines.push(`-d ${quoted(body)}`)
  section.querySelector('figure code').textContent = lines.join(' \\\n  ')
}
