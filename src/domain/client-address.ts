import { canonicalAddress, type IpRangeSet } from './ip-ranges.ts'

const MAPPED_IPV4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i
/** As some proxies write them: `203.0.113.7:4711` and `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|(\d{1,3}(?:\.\d{1,3}){3}):\d+)$/

/**
 * The address a request comes from, in its one spelling. What a header says counts only as far as trusted proxies have written
 * it: each adds the address that it was called from at the end, so from there backwards the first that is no proxy of ours is
 * the caller; whatever stands before it the caller may have made up. Null where a trusted proxy didn't know who called it,
 * and then no network holds the address.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: IpRangeSet | null,
): string | null {
  const direct = peer === undefined ? null : addressOfPeer(peer)
  if (trustedProxies === null || forwardedFor === undefined || !trustedProxies.has(direct)) return direct
  let address = direct
  for (const hop of forwardedFor.split(',').reverse()) {
    address = addressOfHop(hop.trim())
    if (!trustedProxies.has(address)) return address
  }
  return address
}

/** The system writes addresses in their one spelling already, but for mapped ones and zones. */
function addressOfPeer(peer: string): string {
  return MAPPED_IPV4.exec(peer)?.[1] ?? peer.split('%')[0] ?? peer
}

function addressOfHop(text: string): string | null {
  const withPort = WITH_PORT.exec(text)
  return canonicalAddress(withPort?.[1] ?? withPort?.[2] ?? text) ?? null
}
