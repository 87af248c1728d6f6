const HEAD = /^data:([^;,]{0,200})((?:;[^;,]{0,200}){0,10}),/i

export interface DataUri {
  mediaType: string
  /** As it stands there, in base64 or in percent signs. */
  data: string
  isBase64: boolean
}

/** The parts of an address that holds what it stands for, or undefined for other addresses. */
export function parseDataUri(uri: string): DataUri | undefined {
  const match = HEAD.exec(uri)
  if (match === null) return undefined
  const [head, mediaType = '', parameters = ''] = match
  return { mediaType: mediaType.toLowerCase(), data: uri.slice(head.length), isBase64: /;base64$/i.test(parameters) }
}
