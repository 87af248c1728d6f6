import type { Span } from './spans.ts'

/*
 * Many words looked for at once, in a time that depends on the text's length alone (Aho and Corasick): a tree of the words'
 * beginnings, in which every node knows where to go on when the next character doesn't follow it.
 */

/** Entries of the table for a node, whatever its children. */
const ENTRIES_PER_NODE = 6
const NONE = -1

export interface WordList {
  /** Entries of its table. */
  size: number
  /** All that is covered by the words, from left to right; overlapping finds are one. After `spansMax` the rest counts as found. */
  find: (text: string, spansMax: number) => Span[]
}

/** None of the words is empty. */
export function makeWordList(words: readonly string[]): WordList {
  const tree = new Tree(words.reduce((sum, word) => sum + word.length, 1))
  for (const word of words) tree.add(word)
  tree.link()
  return { size: tree.size * ENTRIES_PER_NODE, find: (text, spansMax) => search(text, tree, spansMax) }
}

/** Node 0 is the root. Children are in a hash table of (node, character), which is never more than half full. */
class Tree {
  size = 1
  /** Where to go on: the longest other beginning that the node ends with. */
  readonly fallback: Int32Array
  /** Of the words that end here the longest one's length; 0 for none. */
  readonly longest: Int32Array
  readonly #depth: Int32Array
  readonly #parent: Int32Array
  readonly #unit: Uint16Array
  readonly #mask: number
  readonly #nodes: Int32Array
  readonly #units: Uint16Array
  readonly #children: Int32Array

  constructor(sizeMax: number) {
    const slots = 2 ** Math.ceil(Math.log2(sizeMax * 2))
    this.#mask = slots - 1
    this.#nodes = new Int32Array(slots).fill(NONE)
    this.#units = new Uint16Array(slots)
    this.#children = new Int32Array(slots)
    this.fallback = new Int32Array(sizeMax)
    this.longest = new Int32Array(sizeMax)
    this.#depth = new Int32Array(sizeMax)
    this.#parent = new Int32Array(sizeMax)
    this.#unit = new Uint16Array(sizeMax)
  }

  add(word: string): void {
    let node = 0
    for (let at = 0; at < word.length; at += 1) node = this.#grow(node, word.charCodeAt(at))
    this.longest[node] = word.length
  }

  /** The node's child, or NONE. */
  follow(node: number, unit: number): number {
    const slot = this.#slotOf(node, unit)
    return this.#nodes[slot] === NONE ? NONE : (this.#children[slot] ?? NONE)
  }

  /** To be called once, when all words are in. Nodes nearer to the root first. */
  link(): void {
    const order = Array.from({ length: this.size - 1 }, (_, at) => at + 1)
    order.sort((one, other) => (this.#depth[one] ?? 0) - (this.#depth[other] ?? 0))
    for (const node of order) {
      const parent = this.#parent[node] ?? 0
      const fallback = parent === 0 ? 0 : this.next(this.fallback[parent] ?? 0, this.#unit[node] ?? 0)
      this.fallback[node] = fallback
      if (this.longest[node] === 0) this.longest[node] = this.longest[fallback] ?? 0
    }
  }

  /** The longest beginning that what was read up to the node and the character end with. */
  next(from: number, unit: number): number {
    let node = from
    for (;;) {
      const child = this.follow(node, unit)
      if (child !== NONE) return child
      if (node === 0) return 0
      node = this.fallback[node] ?? 0
    }
  }

  #grow(node: number, unit: number): number {
    const slot = this.#slotOf(node, unit)
    if (this.#nodes[slot] !== NONE) return this.#children[slot] ?? 0
    const child = this.size
    this.size += 1
    this.#nodes[slot] = node
    this.#units[slot] = unit
    this.#children[slot] = child
    this.#parent[child] = node
    this.#unit[child] = unit
    this.#depth[child] = (this.#depth[node] ?? 0) + 1
    return child
  }

  /** Where the pair is, or where it would be put. */
  #slotOf(node: number, unit: number): number {
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) & this.#mask
    while (this.#nodes[slot] !== NONE && (this.#nodes[slot] !== node || this.#units[slot] !== unit))
      slot = (slot + 1) & this.#mask
    return slot
  }
}

function search(text: string, tree: Tree, spansMax: number): Span[] {
  const spans: Span[] = []
  let node = 0
  for (let at = 0; at < text.length; at += 1) {
    node = tree.next(node, text.charCodeAt(at))
    const length = tree.longest[node] ?? 0
    if (length === 0) continue
    cover(spans, { start: at + 1 - length, end: at + 1 })
    if (spans.length < spansMax) continue
    const last = spans.at(-1)
    if (last !== undefined) last.end = text.length
    return spans
  }
  return spans
}

/** Adds a find that ends behind all others, and makes one of those that it overlaps. */
function cover(spans: Span[], { start, end }: Span): void {
  let first = start
  for (let last = spans.at(-1); last !== undefined && last.end > start; last = spans.at(-1)) {
    first = Math.min(first, last.start)
    spans.pop()
  }
  spans.push({ start: first, end })
}
