export interface Heading {
  level: number
  text: string
  /** What stands after `#` in an address. */
  id: string
}

/** One page of the site, before it is put into its frame. */
export interface Page {
  /** Such as `/docs/keys`. */
  address: string
  title: string
  /** The first sentences, as plain text. */
  summary: string
  section: string
  /** Given out as it is at `<address>.md`; its links are those of the site. */
  markdown: string
  html: string
  /** What only a browser shows, below the text. */
  form?: string
  headings: readonly Heading[]
}
