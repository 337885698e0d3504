// Which screen an address names, and what a link from outside has brought along.

export const SCREENS = [
  'cards',
  'scan',
  'offer',
  'request',
  'history',
  'ready',
  'backup',
  'settings',
] as const
export type Screen = (typeof SCREENS)[number]

/** Parameters that a link to a wallet can have; nothing else is taken from an address. */
const LINK_PARAMETERS = [
  'client_id',
  'request_uri',
  'request_uri_method',
  'credential_offer',
  'credential_offer_uri',
]

/** A question from a counter, which is only ever behind the `#`. */
const COUNTER = 'counter'

/** The screen of a hash like `#/history`; the cards for any other. */
export function screenOf(hash: string): Screen {
  const name = hash.replace(/^#\/?/, '')
  return SCREENS.find((screen) => screen === name) ?? 'cards'
}

export function hashOf(screen: Screen): string {
  return `#/${screen}`
}

/** A link that somebody followed to this page, and the address without it. */
export interface Arrival {
  /** The wallet's own address with the parameters, as the wallet reads it. */
  readonly link: string
  /** What the address bar and the history are to show instead. */
  readonly cleaned: string
}

/**
 * Takes a request or an offer out of an address, where it came as a query (`/?client_id=…`) or as
 * a fragment (`/#client_id=…` or `/#?client_id=…`, which never reaches a server).
 */
export function readArrival(address: string): Arrival | undefined {
  const url = new URL(address)
  const cleaned = `${url.pathname}${hashOf('cards')}`
  const question = new URLSearchParams(url.hash.replace(/^#\/?/, '')).get(COUNTER)
  if (question !== null) return { link: `${url.origin}/#${COUNTER}=${question}`, cleaned }
  const parameters = [url.search, url.hash.replace(/^#\/?/, '')]
    .map((text) => linkParameters(new URLSearchParams(text)))
    .find((found) => found.size > 0)
  if (parameters === undefined) return undefined
  return { link: `${url.origin}/?${parameters.toString()}`, cleaned }
}

function linkParameters(all: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...all].filter(([name]) => LINK_PARAMETERS.includes(name)))
}
