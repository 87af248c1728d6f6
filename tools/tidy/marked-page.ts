/** The parts of a page around what stands between two markers; undefined without them. */
export function splitPage(
  page: string,
  name: string,
): { before: string; between: string; after: string; start: string; end: string } | undefined {
  const start = `<!-- ${name}:start -->`
  const end = `<!-- ${name}:end -->`
  const from = page.indexOf(start)
  const to = page.indexOf(end)
  if (from < 0 || to < from) return undefined
  return {
    before: page.slice(0, from),
    between: page.slice(from + start.length, to),
    after: page.slice(to + end.length),
    start,
    end,
  }
}
