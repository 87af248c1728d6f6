import { isIP } from 'node:net'
import { z } from 'zod'

/** Addresses and networks, separated by commas; an address is the network of it alone. */
export const CidrList = z.string().transform((text, context) => {
  const networks = text.split(',').flatMap((part) => part.trim() || [])
  const wrong = networks.filter((network) => toCidr(network) === undefined)
  if (wrong.length > 0) {
    context.addIssue({ code: 'custom', message: `not an IP address or network: ${wrong.join(', ')}` })
    return z.NEVER
  }
  return networks.flatMap((network) => toCidr(network) ?? [])
})

/** An address as the network of it alone; a network as it is; undefined for anything else. */
function toCidr(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  const bitsMax = family === 4 ? 32 : 128
  if (family === 0 || rest.length > 0) return undefined
  if (bits === undefined) return `${address}/${bitsMax}`
  return /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax ? text : undefined
}
