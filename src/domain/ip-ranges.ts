import ipaddr from 'ipaddr.js'

/** What one customer of a provider usually has. */
const NETWORK_BITS = { ipv4: 24, ipv6: 56 } as const
/** What one household usually has. */
export const HOUSEHOLD_BITS = { ipv4: 32, ipv6: 64 } as const

/**
 * A network in its one spelling, `10.0.0.0/8` or `2001:db8::/32`; a single address is the network of just itself. Undefined
 * when the text is neither, or has bits beyond its prefix that a reader would take for part of it (`10.1.2.3/8`).
 */
export function canonicalIpRange(text: string): string | undefined {
  const range = parse(text)
  if (range === undefined) return undefined
  const [address, bits] = range
  const canonical = `${address.toString()}/${bits}`
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  return kind.networkAddressFromCIDR(canonical).toString() === address.toString() ? canonical : undefined
}

/** Networks, read once, that addresses are looked up in. */
export class IpRangeSet {
  readonly #ranges: readonly IpRange[]

  /** `ranges` as `canonicalIpRange` gives them; what is no network is left out, so that it admits nobody. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.flatMap((text) => {
      const range = parse(text)
      return range === undefined ? [] : [range]
    })
  }

  /** Whether the address, in whatever spelling, lies in one of the networks. What is no address lies in none. */
  has(address: string | null): boolean {
    const read = address === null ? null : readAddress(address)
    if (read === null) return false
    const kind = read.kind()
    return this.#ranges.some((range) => range[0].kind() === kind && read.match(range as [ipaddr.IPv4, number]))
  }
}

/** An address in its one spelling: version 4 where it is a mapped one, version 6 without zone and as short as it gets;
 *  undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  return isPlainAddress(address) ? ipaddr.process(address).toString() : undefined
}

/** One spelling for all addresses of a network. Whatever is no address shares one. */
export function networkOf(address: string | null, bits: Record<'ipv4' | 'ipv6', number> = NETWORK_BITS): string {
  const read = address === null ? null : readAddress(address)
  if (read === null) return ''
  const kind = read.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  return kind.networkAddressFromCIDR(`${read.toString()}/${bits[read.kind()]}`).toString()
}

type IpAddress = ipaddr.IPv4 | ipaddr.IPv6
type IpRange = [IpAddress, number]

const KEPT_MAX = 1_024
/** No address is written longer, but for its zone. */
const KEPT_LENGTH_MAX = 64
/** What was read lately: each request has its caller's address looked up in several sets. */
const kept = new Map<string, IpAddress | null>()

/** In whatever spelling; a mapped address is one of version 4. null for what is no address. */
function readAddress(text: string): IpAddress | null {
  const known = kept.get(text)
  if (known !== undefined) return known
  const read = ipaddr.isValid(text) ? ipaddr.process(text) : null
  if (kept.size >= KEPT_MAX) kept.clear()
  if (text.length <= KEPT_LENGTH_MAX) kept.set(text, read)
  return read
}

function parse(text: string): IpRange | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || !isPlainAddress(address)) return undefined
  const parsed = ipaddr.parse(address)
  const isMapped = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).isIPv4MappedAddress()
  const longest = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined
  const length = bits === undefined ? longest : Number(bits)
  if (length > longest) return undefined
  if (!isMapped) return [parsed, length]
  return length < 96 ? undefined : [(parsed as ipaddr.IPv6).toIPv4Address(), length - 96]
}

/** Four decimal parts, or version 6 without a zone: none of the older spellings (`127.1`, `0x7f000001`). */
function isPlainAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.isValid(text))
}
