/* Everything a page of the documentation does by itself; without it, it can still be read. */

/* Put here when the site is built. */
const ENGINE = '{engine}'
const INDEX = '{index}'

const byId = (id) => document.getElementById(id)

// A narrow window shows the contents when asked to, a wide one always.
const menu = document.querySelector('.menu')
const wide = matchMedia('(min-width: 900px)')
const fitMenu = () => {
  menu.open = wide.matches
}
fitMenu()
wide.addEventListener('change', fitMenu)
if (wide.matches) menu.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' })

byId('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.theme = theme
  localStorage.setItem('switchyard.theme', theme)
})

for (const figure of document.querySelectorAll('figure.code')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    const isDone = await navigator.clipboard.writeText(figure.querySelector('code').textContent).then(
      () => true,
      () => false,
    )
    button.textContent = isDone ? 'Copied' : 'Not allowed'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2000)
  })
  figure.append(button)
}

const helpful = document.querySelector('.helpful')
const helpfulName = `switchyard.docs.helpful ${helpful.dataset.page}`
const showHelpful = () => {
  const said = localStorage.getItem(helpfulName)
  for (const button of helpful.querySelectorAll('button'))
    button.setAttribute('aria-pressed', `${button.value === said}`)
}
for (const button of helpful.querySelectorAll('button')) {
  button.addEventListener('click', () => {
    localStorage.setItem(helpfulName, button.value)
    showHelpful()
  })
}
showHelpful()

const RESULTS_MAX = 12
const field = byId('search')
const results = byId('results')
let engine

async function loadEngine() {
  const [{ default: MiniSearch }, index] = await Promise.all([
    import(ENGINE),
    fetch(INDEX).then((answer) => answer.text()),
  ])
  return MiniSearch.loadJSON(index, {
    fields: ['title', 'heading', 'text'],
    storeFields: ['title', 'heading', 'address'],
  })
}

async function search() {
  engine ??= loadEngine()
  const words = field.value.trim()
  const found = (await engine).search(words, { prefix: true, fuzzy: 0.15, boost: { title: 4, heading: 3 } })
  if (field.value.trim() === words) show(words, found.slice(0, RESULTS_MAX))
}

function show(words, found) {
  results.replaceChildren(
    ...found.map(({ title, heading, address }) => {
      const link = document.createElement('a')
      link.href = address
      link.textContent = heading === title ? title : heading
      if (heading !== title) {
        const of = document.createElement('small')
        of.textContent = title
        link.append(' ', of)
      }
      return link
    }),
  )
  if (found.length === 0 && words !== '') results.textContent = 'Nothing found'
  results.hidden = words === ''
}

field.addEventListener('focus', () => {
  engine ??= loadEngine()
})
field.addEventListener('input', search)
field.form.addEventListener('submit', (event) => {
  event.preventDefault()
  results.querySelector('a')?.click()
})
document.addEventListener('keydown', (event) => {
  const isTyping = event.target.matches('input, textarea, select')
  if ((event.key === '/' && !isTyping) || (event.key === 'k' && (event.metaKey || event.ctrlKey))) {
    event.preventDefault()
    field.focus()
  }
  if (event.key === 'Escape') {
    results.hidden = true
    field.blur()
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const stops = [field, ...results.querySelectorAll('a')]
  const at = stops.indexOf(document.activeElement)
  if (at < 0 || results.hidden) return
  event.preventDefault()
  stops[Math.max(0, Math.min(stops.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))].focus()
})
document.addEventListener('click', (event) => {
  if (!event.target.closest('.search')) results.hidden = true
})
