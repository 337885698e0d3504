import type { IssuerConfig } from './config.ts'

/** Scheme of offers for whichever wallet the device has (OpenID4VCI 1.0, section 4.1). */
const ANY_WALLET = 'openid-credential-offer://'

/** Where an offer is. */
export function offerUriOf({ baseUrl }: Pick<IssuerConfig, 'baseUrl'>, id: string): string {
  return `${baseUrl}/offers/${id}`
}

/** What a person opens: the wallet with the offer's address. */
export function linkOf(config: Pick<IssuerConfig, 'baseUrl' | 'walletLink'>, id: string): string {
  const uri = encodeURIComponent(offerUriOf(config, id))
  const { walletLink = ANY_WALLET } = config
  // What stands behind a # stays in the browser: the wallet's host does not learn who offers.
  return `${walletLink}${walletLink.endsWith('#') ? '' : '?'}credential_offer_uri=${uri}`
}
