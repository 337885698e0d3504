import type { IssuerQuery } from './store.ts'

// Counts of what happened, so that everybody can watch an issuer. Nobody's number is in them.

export interface MonthStatistics {
  /** Like `2026-11`, UTC. */
  readonly month: string
  readonly issued: number
  readonly revoked: number
  /** People who lost their secret and were given the right to a new one. */
  readonly recovered: number
}

export interface Totals {
  /** People who have a record. */
  readonly people: number
  readonly credentials: readonly {
    readonly schema: string
    readonly issued: number
    readonly revoked: number
  }[]
  readonly openOffers: number
}

const EVENTS = [
  ['issued', 'issuer_credentials', 'issued_at'],
  ['revoked', 'issuer_credentials', 'revoked_at'],
  ['recovered', 'issuer_recoveries', 'recovered_at'],
] as const

/** Seconds; days are counted by the database, months are put together here. */
const DAY = 86_400

/** Every month in which something happened, the first one first. */
export async function monthlyStatistics(query: IssuerQuery): Promise<readonly MonthStatistics[]> {
  const months = new Map<string, MonthStatistics>()
  for (const [event, table, column] of EVENTS) {
    for (const { day, count } of await countByDay(query, table, column)) {
      const month = new Date(day * DAY * 1000).toISOString().slice(0, 7)
      const before = months.get(month) ?? { month, issued: 0, revoked: 0, recovered: 0 }
      months.set(month, { ...before, [event]: before[event] + count })
    }
  }
  return [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1))
}

/** @param now - Seconds since 1970-01-01 UTC. */
export async function totals(query: IssuerQuery, now: number): Promise<Totals> {
  const people = await query
    .selectFrom('issuer_records')
    .select(({ fn }) => fn.count<number>('subject').distinct().as('count'))
    .executeTakeFirstOrThrow()
  const offers = await query
    .selectFrom('issuer_offers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('expires_at', '>', now)
    .where('commitment', 'is', null)
    .executeTakeFirstOrThrow()
  const credentials = await query
    .selectFrom('issuer_credentials')
    .select(({ fn }) => [
      'schema',
      fn.countAll<number>().as('issued'),
      fn.count<number>('revoked_at').as('revoked'),
    ])
    .groupBy('schema')
    .orderBy('schema')
    .execute()
  return { people: people.count, credentials, openOffers: offers.count }
}

async function countByDay(
  query: IssuerQuery,
  table: 'issuer_credentials' | 'issuer_recoveries',
  column: 'issued_at' | 'revoked_at' | 'recovered_at',
): Promise<readonly { readonly day: number; readonly count: number }[]> {
  const time = query.dynamic.ref<'issued_at'>(column)
  const rows = await query
    .selectFrom(table as 'issuer_credentials')
    .select(({ fn, eb }) => [
      eb(time, '-', eb.parens(eb(time, '%', DAY))).as('start'),
      fn.countAll<number>().as('count'),
    ])
    .where(time, 'is not', null)
    .groupBy('start')
    .execute()
  return rows.map(({ start, count }) => ({ day: Math.round(Number(start) / DAY), count }))
}
