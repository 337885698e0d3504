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
  return `${config.walletLink ?? ANY_WALLET}?credential_offer_uri=${uri}`
}
