import type { Check } from '../check.ts'
import { findingsOf } from './findings.ts'
import { conclude, resultOf } from './results.ts'
import type { TownResult } from './results.ts'
import { play } from './scenario.ts'
import { groupOf, townsOf } from './towns.ts'
import type { TownInput } from './towns.ts'

export const collusionCheck: Check<TownInput, TownResult> = {
  id: 'linking.collusion',
  claim:
    'Issuers, a trust service and two verifiers that pool everything they receive cannot tell which visits are of one holder, nor whose, by what wallets send and when.',
  method:
    "A thousand virtual holders, with the wallet's own code and its own schedule under a virtual clock, get credentials and visit two verifiers; all services run as they are shipped. Every byte of every request and answer (opened with the verifiers' keys), the databases and the logs are searched, in all usual encodings, for runs of 8 bytes that episodes of one holder share and nobody else has. Then a classifier, trained on half of the holders, plays the linking game on the other half: an issuance or a visit is known; of two visits that answer the same question on the same day and show the same value, which is the same holder's? It sees sizes, orders, headers, times, which issuers were asked around a visit, and for which part of their revocations.",
  threats: ['T28', 'T29', 'T30'],
  plan: townsOf,
  run: async ({ seed, days, isJudged, groups }, work) => {
    const named = groups.map((group) => ({ ...groupOf(group), kind: group.kind }))
    const evidence = await play({ seed, days, isJudged, groups: named }, work.progress)
    const names = [...new Set(named.map(({ name }) => name))]
    const found = await findingsOf(evidence, names, seed, seed * HOLDERS_EACH)
    return Object.fromEntries(found.map((one) => [one.group, resultOf(one, named)]))
  },
  conclude,
}

/** More than a town has. */
const HOLDERS_EACH = 1000
