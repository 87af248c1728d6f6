import { createHash } from 'node:crypto'
import { escapeHtml } from '../../src/http/html-page.ts'

const ITEMS_MAX = 100

/** The changelog as RSS 2.0: an item for each change, the newest of a release last, as the file has them. */
export function changesFeed(markdown: string, publicAddress: string): string {
  const items = changesOf(markdown).slice(-ITEMS_MAX).reverse()
  const entries = items.map(({ release, text }) => {
    const guid = createHash('sha256').update(text).digest('hex').slice(0, 32)
    return `<item><title>${escapeHtml(titleOf(text))}</title><link>${publicAddress}</link><guid isPermaLink="false">${guid}</guid><category>${escapeHtml(release)}</category><description>${escapeHtml(text)}</description></item>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Switchyard: changes</title><link>${publicAddress}</link><description>What changed in Switchyard</description><language>en</language>
${entries.join('\n')}
</channel></rss>
`
}

const TITLE_LENGTH_MAX = 100

function titleOf(text: string): string {
  const [sentence = ''] = text.split(/(?<=[.:;]) /)
  return sentence.length <= TITLE_LENGTH_MAX ? sentence : `${sentence.slice(0, TITLE_LENGTH_MAX - 1)}…`
}

function changesOf(markdown: string): { release: string; text: string }[] {
  const changes: { release: string; text: string }[] = []
  let release = ''
  for (const line of markdown.split('\n')) {
    const last = changes.at(-1)
    if (line.startsWith('## ')) release = line.slice(3).trim()
    else if (line.startsWith('- ')) changes.push({ release, text: plain(line.slice(2)) })
    else if (line.startsWith('  ') && last !== undefined) last.text += ` ${plain(line.trim())}`
  }
  return changes
}

function plain(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
}
