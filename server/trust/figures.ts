import type { Metrics } from '../http/metrics.ts'
import type { TrustKeeper } from './keeper.ts'
import type { SourceOutcome } from './sources.ts'

/** The figures of a trust keeper. @returns Counts a look at a source. */
export function describeKeeper(
  metrics: Metrics,
  keeper: TrustKeeper,
): (labels: { readonly outcome: SourceOutcome }) => void {
  metrics.gauge(
    'zerocard_trust_lists',
    'Trust lists that are configured',
    () => keeper.names.length,
  )
  metrics.gauge(
    'zerocard_trust_lists_current',
    'Trust lists that are up to date; the others are not offered',
    async () => (await keeper.states()).filter(({ current }) => current !== undefined).length,
  )
  metrics.gauge(
    'zerocard_trust_issuers_missing',
    'Issuers that are left out of a trust list because their documents are out of date',
    async () => (await keeper.states()).reduce((sum, { missing }) => sum + missing.length, 0),
  )
  return metrics.counter('zerocard_trust_fetches_total', 'Looks at sources of trust lists', [
    'outcome',
  ])
}
