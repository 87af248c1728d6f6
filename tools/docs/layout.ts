import { escapeHtml } from '../../src/http/html-page.ts'
import type { Page } from './page.ts'

export interface NavigationLink {
  address: string
  title: string
}

export interface NavigationGroup {
  title: string
  address: string
  links: readonly NavigationLink[]
}

export interface Frame {
  groups: readonly NavigationGroup[]
  previous: NavigationLink | undefined
  next: NavigationLink | undefined
  /** Addresses of the files with a hash in their name. */
  assets: { style: string; script: string; theme: string; tryIt: string }
}

const CONTENTS_LEVELS = new Set([2, 3])
const CONTENTS_MAX = 40

/** The whole page. Nothing in it is inline or from another host. */
export function layOut(page: Page, { groups, previous, next, assets }: Frame): string {
  const title = escapeHtml(page.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(page.summary.slice(0, 300))}">
<title>${title} · Switchyard documentation</title>
<link rel="icon" href="/docs/_/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
<link rel="alternate" type="text/markdown" href="${page.address}.md">
<link rel="alternate" type="application/rss+xml" title="Changes" href="/docs/changelog/rss.xml">
<script src="${assets.theme}"></script>
${page.form === undefined ? '' : `<script type="module" src="${assets.tryIt}"></script>\n`}<script type="module" src="${assets.script}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="top">
<a class="brand" href="/docs">Switchyard <span>docs</span></a>
<form class="search" role="search" action="/docs/search" method="get">
<label for="search">Search the documentation</label>
<input id="search" name="q" type="search" placeholder="Search  /" autocomplete="off" aria-controls="results">
<div id="results" class="results" hidden></div>
</form>
<button id="theme" class="quiet" type="button">Theme</button>
<a class="quiet" href="/">Dashboard</a>
</header>
<div class="columns">
<nav class="side" aria-label="Documentation"><details class="menu"><summary>Contents</summary>${navigation(page, groups)}</details></nav>
<main id="content" tabindex="-1">
<article>${page.html}${page.form ?? ''}</article>
${footer(page, previous, next)}
</main>
${contents(page)}
</div>
</body>
</html>
`
}

function navigation(page: Page, groups: readonly NavigationGroup[]): string {
  return groups
    .map(({ title, address, links }) => {
      const items = links.map((link) => `<li>${anchor(link, page.address)}</li>`).join('')
      return `<p class="group">${anchor({ title, address }, page.address)}</p><ul>${items}</ul>`
    })
    .join('\n')
}

function anchor({ address, title }: NavigationLink, current: string): string {
  const mark = address === current ? ' aria-current="page"' : ''
  return `<a href="${address}"${mark}>${escapeHtml(title)}</a>`
}

function contents({ headings }: Page): string {
  const shown = headings.filter(({ level }) => CONTENTS_LEVELS.has(level)).slice(0, CONTENTS_MAX)
  if (shown.length < 2) return '<div class="aside"></div>'
  const items = shown.map(
    ({ level, text, id }) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(text)}</a></li>`,
  )
  return `<nav class="aside" aria-label="On this page"><p class="group">On this page</p><ul>${items.join('')}</ul></nav>`
}

function footer(page: Page, previous: NavigationLink | undefined, next: NavigationLink | undefined): string {
  const link = (to: NavigationLink | undefined, rel: string, word: string) =>
    to === undefined
      ? '<span></span>'
      : `<a rel="${rel}" href="${to.address}"><small>${word}</small>${escapeHtml(to.title)}</a>`
  return `<footer>
<p class="helpful" data-page="${page.address}">Was this page helpful? <button type="button" value="yes" aria-pressed="false">Yes</button>
<button type="button" value="no" aria-pressed="false">No</button> <small>Kept in this browser only.</small></p>
<nav class="turn" aria-label="Previous and next page">${link(previous, 'prev', 'Previous')}${link(next, 'next', 'Next')}</nav>
<p class="agents">For AI agents: this page as Markdown is <a href="${page.address}.md">${page.address}.md</a>, what is around it
<a href="${page.address}/llms.txt">${page.address}/llms.txt</a>, everything <a href="/llms.txt">/llms.txt</a>.</p>
</footer>`
}
