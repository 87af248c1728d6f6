/**
 * A small MMDB file, as MaxMind's specification 2.0 has it: a binary tree over the bits of version 4 addresses, whose leaves
 * point at `{country: {iso_code}}`.
 */

const NODE_BYTES = 6
const SEPARATOR_BYTES = 16
const METADATA_MARK = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])

type Leaf = { country: string }
type Branch = [Side, Side]
type Side = Branch | Leaf | undefined

/** `networks`: by CIDR, such as `192.0.2.0/24`, the code of the country; none inside another. */
export function countryDatabase(networks: Readonly<Record<string, string>>): Buffer {
  const root: Branch = [undefined, undefined]
  for (const [cidr, country] of Object.entries(networks)) insert(root, bitsOf(cidr), country)
  const branches = listBranches(root)
  const places = new Map(branches.map((branch, at) => [branch, at]))
  const countries = [...new Set(Object.values(networks))]
  const data = countries.map((country) => map({ country: map({ iso_code: text(country) }) }))
  const offsets = new Map(
    countries.map((country, at) => [country, data.slice(0, at).reduce((sum, { length }) => sum + length, 0)]),
  )
  const recordOf = (side: Side) => {
    if (side === undefined) return branches.length
    if (Array.isArray(side)) return places.get(side) ?? 0
    return branches.length + SEPARATOR_BYTES + (offsets.get(side.country) ?? 0)
  }
  const tree = Buffer.alloc(branches.length * NODE_BYTES)
  for (const [at, sides] of branches.entries()) {
    for (const [side, record] of sides.map(recordOf).entries()) tree.writeUIntBE(record, at * NODE_BYTES + side * 3, 3)
  }
  const parts = [tree, Buffer.alloc(SEPARATOR_BYTES), ...data, METADATA_MARK, metadata(branches.length)]
  return Buffer.concat(parts)
}

function metadata(nodeCount: number): Buffer {
  return map({
    binary_format_major_version: number(2),
    binary_format_minor_version: number(0),
    build_epoch: number(1),
    database_type: text('Country'),
    description: map({ en: text('test') }),
    ip_version: number(4),
    languages: Buffer.from([0x00, 0x04]),
    node_count: number(nodeCount),
    record_size: number(24),
  })
}

function bitsOf(cidr: string): number[] {
  const [address = '', length = '32'] = cidr.split('/')
  const bits = address.split('.').flatMap((part) => [...Number(part).toString(2).padStart(8, '0')].map(Number))
  return bits.slice(0, Number(length))
}

function insert(root: Branch, bits: readonly number[], country: string): void {
  let branch = root
  for (const bit of bits.slice(0, -1)) {
    const next = branch[bit as 0 | 1]
    const deeper: Branch = Array.isArray(next) ? next : [undefined, undefined]
    branch[bit as 0 | 1] = deeper
    branch = deeper
  }
  branch[(bits.at(-1) ?? 0) as 0 | 1] = { country }
}

function listBranches(branch: Branch): Branch[] {
  return [branch, ...branch.flatMap((side) => (Array.isArray(side) ? listBranches(side) : []))]
}

/** Fewer than 29 pairs. */
function map(pairs: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(pairs)
  return Buffer.concat([Buffer.from([0xe0 | entries.length]), ...entries.flatMap(([key, value]) => [text(key), value])])
}

/** Fewer than 29 bytes. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40 | value.length]), Buffer.from(value)])
}

/** Of 16 bits. */
function number(value: number): Buffer {
  return Buffer.from([0xa2, value >> 8, value & 255])
}
