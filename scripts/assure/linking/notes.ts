/** What a reader of the figures should know besides. */
export const NOTES: readonly string[] = [
  'Network addresses, cookies, and what a browser adds to requests by itself (its fingerprint) are outside: requests are taken as the wallet gives them to the browser.',
  'May be equal between visits: what the verifier chose (question, nonces, trust list), the circuit, the day, the pseudonym within its scope, what is shown on purpose. Rounds of the game have these equal on both sides. Issuers know each other’s people by their attributes.',
  'Holders have no habits: times of visits are drawn alike for all. Who comes every day at eight is linked by that, with any wallet. All devices take equally long for a proof and have the right time; an answer carries the time of the device in seconds, so one whose clock is wrong can be told by it (the seeded fault with wrong clocks).',
  'The interval is over holders: rounds of one holder are not independent. Half of the holders teach the classifier, the other half are guessed at, both ways round, for three seeds.',
  'The third kind of guess shows a limit (docs/wallet.md): a wallet asks issuers for one of 64 parts of their revocations when there is a new root, after a consent if it could not do so before, or in an idle moment of the page that is open for a visit. An issuer that compares its clock with a verifier’s learns which sixty-fourth of its holders may have visited. The fewer people use an issuer at that minute, the more it tells; here 63 people live in a town.',
  'Most proofs are made from the trapdoor of the development keys with uniform A and B, which is the distribution of Groth16 proofs by their perfect zero knowledge; the units with real proofs and with checked witnesses show no other values.',
  'The town has days of its own: issuers publish once a day, everybody uses a wallet of one version.',
]
