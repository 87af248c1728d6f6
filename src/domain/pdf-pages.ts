const MARKS =
  /\/Type\s{0,8}\/(Page|ObjStm|XRef)(?![A-Za-z])|\/(Subtype)\s{0,8}\/Image|\/(Length1)\s|\/Count\s{1,8}(\d{1,6})|\b(endstream)\b/g

/**
 * How many pages a PDF has at most, given as text of one character a byte. Where what describes pages is packed, each page has at
 * least a stream of its own, which isn't: then all streams count that are no pictures, fonts, or packed descriptions.
 */
export function countPages(pdf: string): number {
  let [pages, told, streams, others, packed] = [0, 0, 0, 0, 0]
  for (const [, type, image, font, count, stream] of pdf.matchAll(MARKS)) {
    if (type === 'Page') pages += 1
    else if (stream !== undefined) streams += 1
    else if (count !== undefined) told = Math.max(told, Number(count))
    else if (image !== undefined || font !== undefined || type !== undefined) others += 1
    if (type === 'ObjStm') packed += 1
  }
  return Math.max(pages, told, packed > 0 ? streams - others : 0, 1)
}
