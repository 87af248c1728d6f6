import ipaddr from 'ipaddr.js'

export interface EgressPolicy {
  /** Networks that may be reached although they are private, in CIDR notation. */
  allowedCidrs: readonly string[]
}

const LOOPBACK = ['127.0.0.1', '::1']

/**
 * Whether a connection to `address` (an IP literal) may be opened. Public unicast addresses are; private, loopback,
 * link-local and other special ones only inside the allowed networks, or when an administrator named the provider.
 */
export function isAddressAllowed(address: string, isTrusted: boolean, policy: EgressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'unicast') return true
  // Even a trusted provider is never the cloud's metadata service.
  if (parsed.range() === 'linkLocal') return isInside(parsed, policy.allowedCidrs)
  return isTrusted || isInside(parsed, policy.allowedCidrs)
}

/** Whether `address` (an IP literal) is in a private network that was opened: there alone nothing needs to be encrypted. */
export function isInOpenedNetwork(address: string, policy: EgressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return parsed.range() !== 'unicast' && isInside(parsed, policy.allowedCidrs)
}

function isInside(address: ipaddr.IPv4 | ipaddr.IPv6, cidrs: readonly string[]): boolean {
  return cidrs.some((cidr) => {
    const [network, bits] = ipaddr.parseCIDR(cidr)
    return network.kind() === address.kind() && address.match([network, bits] as [ipaddr.IPv4, number])
  })
}

/**
 * Why a provider that nobody named in the config file can't be at `url`, or undefined. Only what the text itself tells: a name
 * is resolved and checked again when it is connected to.
 */
export function providerAddressProblem(url: string, policy: EgressPolicy): string | undefined {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const addresses = /(^|\.)localhost$/.test(host) ? LOOPBACK : [host]
  const isPlain = addresses.every((address) => ipaddr.isValid(address))
  if (!isPlain || addresses.some((address) => isAddressAllowed(address, false, policy))) return undefined
  return `${host} is a private address; SWITCHYARD_EGRESS_ALLOW names those that may be reached`
}
