import ipaddr from 'ipaddr.js'

export interface EgressPolicy {
  /** Networks that may be reached although they are private, in CIDR notation. */
  allowedCidrs: readonly string[]
}

const LOOPBACK = ['127.0.0.1', '::1']
/** Where machines of a cloud ask for their credentials: beside link-local addresses those of AWS and of Google in version 6, of
 *  Alibaba, of Oracle and of Azure, the last of which looks public. */
const METADATA = ['fd00:ec2::254/128', 'fd20:ce::254/128', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32']
const GLOBAL_V6 = ['2000::/3']
/** What is spoken there is no HTTP, and yet a request might be taken for commands: SSH, mail, DNS, remote desktops, files,
 *  databases, queues. */
const OTHER_PORTS = new Set(
  (
    '21 22 23 25 53 110 111 135 139 143 389 445 465 512 513 514 587 636 873 993 995 1433 1521 2049 3306 3389 5432 5672 5900 ' +
    '6379 6380 6667 9042 9092 11211 26379 27017'
  )
    .split(' ')
    .map(Number),
)

/**
 * Whether a connection to `address` (an IP literal) may be opened. Public unicast addresses are; private, loopback,
 * link-local and other special ones only inside the allowed networks, or when an administrator named the provider. Even that
 * one is never a cloud's metadata service.
 */
export function isAddressAllowed(address: string, isTrusted: boolean, policy: EgressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'linkLocal' || isInside(parsed, METADATA)) return isInside(parsed, policy.allowedCidrs)
  return isPublic(parsed) || isTrusted || isInside(parsed, policy.allowedCidrs)
}

/** Whether somebody other than the operator may have a connection opened to the port of this URL. */
export function isPortAllowed({ port }: Pick<URL, 'port'>): boolean {
  return port === '' || !OTHER_PORTS.has(Number(port))
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || isInside(address, GLOBAL_V6))
}

/** Whether `address` (an IP literal) is in a private network that was opened: there alone nothing needs to be encrypted. */
export function isInOpenedNetwork(address: string, policy: EgressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return !isPublic(parsed) && isInside(parsed, policy.allowedCidrs)
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
  const parsed = new URL(url)
  if (!isPortAllowed(parsed)) return `port ${parsed.port} is not one of HTTP`
  const host = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const addresses = /(^|\.)localhost$/.test(host) ? LOOPBACK : [host]
  const isPlain = addresses.every((address) => ipaddr.isValid(address))
  if (!isPlain || addresses.some((address) => isAddressAllowed(address, false, policy))) return undefined
  return `${host} is a private address; SWITCHYARD_EGRESS_ALLOW names those that may be reached`
}
