import { BlockList, isIPv4 } from 'node:net'

// Which addresses a service may connect to on behalf of its configuration and of documents: those
// of the public internet, by the registries of special purpose addresses of RFC 6890 (IANA).

export type AddressKind =
  | 'public'
  /** Of this machine or of networks behind the same router; allowed where it is configured so. */
  | 'private'
  /** Nothing honest is there: link-local, multicast, unspecified, translated, reserved. */
  | 'refused'

const PRIVATE = blockList(
  [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ],
  [
    ['::1', 128],
    ['fc00::', 7],
  ],
)

const SPECIAL = blockList(
  [
    ['0.0.0.0', 8],
    // Link-local, and where clouds serve the secrets of their machines.
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  [
    // Protocol assignments, with Teredo; documentation; 6to4, which is IPv4 in another dress.
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ],
)

/** IPv4 in IPv6. */
const MAPPED = blockList([], [['::ffff:0:0', 96]])

/** All that is handed out to anybody; IPv4 in IPv6 and NAT64 lie outside of it. */
const GLOBAL_UNICAST = blockList([], [['2000::', 3]])

/** @param address - An IPv4 or IPv6 address in any form that node:net reads. */
export function addressKind(address: string): AddressKind {
  if (isIPv4(address)) {
    if (PRIVATE.check(address, 'ipv4')) return 'private'
    return SPECIAL.check(address, 'ipv4') ? 'refused' : 'public'
  }
  if (GLOBAL_UNICAST.check(address, 'ipv6')) {
    return SPECIAL.check(address, 'ipv6') ? 'refused' : 'public'
  }
  // A list of IPv4 addresses also finds them in IPv6; nothing honest is written like that.
  const isPrivate = PRIVATE.check(address, 'ipv6') && !MAPPED.check(address, 'ipv6')
  return isPrivate ? 'private' : 'refused'
}

type Ranges = readonly (readonly [string, number])[]

function blockList(ipv4: Ranges, ipv6: Ranges): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4')
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6')
  return list
}
