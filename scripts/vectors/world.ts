import { publicKeyOf } from '../../core/eddsa.ts'
import { issuerSigner } from '../../core/credential.ts'
import type { IssuerSigner } from '../../core/credential.ts'
import { dayFromIso } from '../../core/dates.ts'
import { seedBytes } from './kit.ts'

// Who and what the vectors speak of: the same each time.

/** Noon of 2026-11-22, seconds since 1970-01-01 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 12) / 1000

export const TODAY = dayFromIso('2026-11-22')

export const AUDIENCE = 'https://shop.example'

/** As they are published. */
export const SCHEMAS: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(
  [
    {
      id: 'person/1',
      title: 'Person',
      attributes: [
        { name: 'birthDate', type: 'date', title: 'date of birth' },
        { name: 'region', type: 'text', title: 'region' },
        { name: 'householdSize', type: 'integer', title: 'people in the household' },
        { name: 'isStudent', type: 'boolean', title: 'in full-time education' },
      ],
    },
    {
      id: 'income/1',
      title: 'Income',
      attributes: [{ name: 'annual', type: 'integer', unit: 'EUR cents', title: 'annual income' }],
    },
    {
      id: 'member/1',
      title: 'Membership',
      attributes: [
        { name: 'number', type: 'text', title: 'number' },
        { name: 'since', type: 'date', title: 'member since' },
      ],
    },
  ].map((schema) => [schema.id, schema]),
)

/** An issuer's key by name. */
export function signerNamed(name: string): IssuerSigner {
  const secret = seedBytes(`EdDSA ${name}`)
  return issuerSigner(`https://${name}.example`, secret, publicKeyOf(secret))
}
