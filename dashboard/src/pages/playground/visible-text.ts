/** Controls but tab and line feed, and what turns the direction of text around or hides text, which people must see. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** A text as people can see it: what would act on the page or not show at all stands as its number. */
export function toVisible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNSEEN, (character) => `[U+${hexOf(character).toUpperCase()}]`)
}

/** A text between quotes that JSON, Python and TypeScript read alike, in which nothing is unseen. */
export function toQuoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (character) =>
    character.length > 1 ? character : `\\u${hexOf(character)}`,
  )
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}
