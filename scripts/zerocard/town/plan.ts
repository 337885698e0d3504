import { fileURLToPath } from 'node:url'

/** A service of the town, as people know it. */
export interface TownService {
  /** Folder and name of its log. */
  readonly name: string
  readonly title: string
  readonly kind: 'issuer' | 'trust' | 'verifier'
  /** Roles of the token the town has for it. */
  readonly roles: readonly string[]
}

export interface TownIssuer extends TownService {
  readonly kind: 'issuer'
  /** Schema ids, each with the trust list that lists the issuer for it. */
  readonly schemas: Readonly<Record<string, string>>
}

const ISSUER_ROLES = ['registrar', 'revoker', 'recoverer', 'publisher', 'auditor', 'monitor']

/** Offices that know people, in the order of their ports. */
export const ISSUERS: readonly TownIssuer[] = [
  {
    name: 'civil-registry',
    title: 'Civil registry',
    kind: 'issuer',
    roles: ISSUER_ROLES,
    schemas: { 'person/1': 'civil-registries', 'guardian/1': 'guardianship-courts' },
  },
  {
    name: 'tax-office',
    title: 'Tax office',
    kind: 'issuer',
    roles: ISSUER_ROLES,
    schemas: { 'income/1': 'tax-offices' },
  },
  {
    name: 'health-board',
    title: 'Health board',
    kind: 'issuer',
    roles: ISSUER_ROLES,
    schemas: { 'prescription/1': 'pharmacy-boards' },
  },
]

export const TRUST: TownService = {
  name: 'trust-list',
  title: 'Trust list',
  kind: 'trust',
  roles: ['publisher', 'monitor'],
}

export const VERIFIER: TownService = {
  name: 'verifier',
  title: 'Verifier',
  kind: 'verifier',
  roles: ['site', 'moderator', 'auditor', 'monitor'],
}

/** All services; the port of each is the town's first port and its place here. */
export const SERVICES: readonly TownService[] = [...ISSUERS, TRUST, VERIFIER]

/** First port of the town; not registered for anything well known. */
export const FIRST_PORT = 4180

/** A name of this machine that browsers treat as a safe place. */
export const TOWN_HOST = 'localhost'

export function originOf(service: TownService, firstPort: number): string {
  return `http://${TOWN_HOST}:${String(firstPort + SERVICES.indexOf(service))}`
}

/** The example schemas and policies, as absolute paths. */
export const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
