/** What a reader of the figures should know besides. */
export const NOTES: readonly string[] = [
  'Network addresses, cookies, and what a browser adds to requests by itself (its fingerprint) are outside: requests are taken as the wallet gives them to the browser.',
  'May be equal between visits: what the verifier chose (question, nonces, trust list), the circuit, the day, the pseudonym within its scope, what is shown on purpose. Rounds of the game have these equal on both sides. Issuers know each other’s people by their attributes.',
  'Holders have no habits: times of visits are drawn alike for all. Who comes every day at eight is linked by that, with any wallet. All devices take equally long for a proof; their clocks are wrong by up to 90 seconds, each by its own.',
  'The interval is over holders: rounds of one holder are not independent. Half of the holders teach the classifier, the other half are guessed at, both ways round, for three seeds.',
  'Issuers of the town have few revoked numbers. Of more than 65,536, wallets ask for one of 64 parts, and of long lists for those of the own issuer alone (docs/wallet.md): there the third kind of guess would be right more often.',
  'Most proofs are made from the trapdoor of the development keys with uniform A and B, which is the distribution of Groth16 proofs by their perfect zero knowledge; the units with real proofs and with checked witnesses show no other values.',
  'The town has days of its own: issuers publish once a day, everybody uses a wallet of one version.',
]
