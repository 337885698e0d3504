import { fileURLToPath } from 'node:url'

/** A service of the town, as people know it. */
export interface TownService {
  /** Folder and name of its log. */
  readonly name: string
  readonly title: string
  readonly kind: 'issuer' | 'trust' | 'verifier'
  /** Its port, counted from the town's first. */
  readonly place: number
  /** Roles of the token the town has for it. */
  readonly roles: readonly string[]
}

export interface TownIssuer extends TownService {
  readonly kind: 'issuer'
  /** Schema ids, each with the trust list that lists the issuer for it. */
  readonly schemas: Readonly<Record<string, string>>
}

const ISSUER_ROLES = ['registrar', 'revoker', 'recoverer', 'publisher', 'auditor', 'monitor']

/** Offices that know people. Two of them keep civil registers, so that "which" can stay unsaid. */
export const ISSUERS: readonly TownIssuer[] = [
  {
    name: 'civil-registry',
    title: 'Civil registry',
    kind: 'issuer',
    place: 0,
    roles: ISSUER_ROLES,
    schemas: {
      'person/1': 'civil-registries',
      'guardian/1': 'guardianship-courts',
      'photo-id/1': 'photo-registers',
    },
  },
  {
    name: 'tax-office',
    title: 'Tax office',
    kind: 'issuer',
    place: 1,
    roles: ISSUER_ROLES,
    schemas: { 'income/1': 'tax-offices' },
  },
  {
    name: 'health-board',
    title: 'Health board',
    kind: 'issuer',
    place: 2,
    roles: ISSUER_ROLES,
    schemas: { 'prescription/1': 'pharmacy-boards', 'disability/1': 'health-boards' },
  },
  {
    name: 'northern-registry',
    title: 'Northern registry',
    kind: 'issuer',
    place: 14,
    roles: ISSUER_ROLES,
    schemas: { 'person/1': 'civil-registries', 'photo-id/1': 'photo-registers' },
  },
]

export const TRUST: TownService = {
  name: 'trust-list',
  title: 'Trust list',
  kind: 'trust',
  place: 3,
  roles: ['publisher', 'monitor'],
}

export const VERIFIER: TownService = {
  name: 'verifier',
  title: 'Verifier',
  kind: 'verifier',
  place: 4,
  roles: ['site', 'moderator', 'auditor', 'monitor'],
}

/** All services that operators talk to. */
export const SERVICES: readonly TownService[] = [...ISSUERS, TRUST, VERIFIER]

export type SiteName = 'shop' | 'benefits' | 'pharmacy' | 'forum' | 'reviews' | 'stream'

/** A site that asks its visitors for a proof. */
export interface TownSite {
  readonly name: SiteName
  readonly title: string
  readonly place: number
  /** Id of the policy it asks. */
  readonly policy: string
  /** What the proof opens. */
  readonly path: string
  /** What its clerks ask of people who stand in front of them. */
  readonly counter?: { readonly policy: string; readonly path: string }
}

/** What each registry says only of its own people: nobody is in two civil registers. */
export const CIVIL_SCHEMAS: readonly string[] = ['person/1', 'photo-id/1']

/** Not at place 10: browsers never connect to port 4190 (Fetch standard, 2.9). */
export const SITES: readonly TownSite[] = [
  {
    name: 'shop',
    title: 'Corner wine shop',
    place: 7,
    policy: 'over-18@1',
    path: '/wine',
    counter: { policy: 'pickup-photo@1', path: '/at-the-counter' },
  },
  {
    name: 'benefits',
    title: 'Benefits office',
    place: 8,
    policy: 'winter-grant-2026@1',
    path: '/grant',
  },
  { name: 'pharmacy', title: 'Pharmacy', place: 9, policy: 'refill-two@1', path: '/counter' },
  { name: 'forum', title: 'Youth forum', place: 11, policy: 'youth-forum@1', path: '/room' },
  { name: 'reviews', title: 'Film reviews', place: 12, policy: 'title-review@1', path: '/review' },
  { name: 'stream', title: 'Live stream', place: 13, policy: 'livestream-16@1', path: '/studio' },
]

/** A page of the town for people. */
export interface TownPlace {
  readonly name: string
  readonly title: string
  readonly place: number
}

export const WALLET: TownPlace = { name: 'wallet', title: 'Wallet', place: 5 }
export const PORTAL: TownPlace = { name: 'portal', title: 'Portal', place: 6 }

/** Pages for people, the portal first. */
export const PLACES: readonly TownPlace[] = [PORTAL, WALLET, ...SITES]

/** Ports that a town takes, from its first one on, counting the one that is left out. */
export const PORTS = SERVICES.length + PLACES.length + 1

/** First port of the town; not registered for anything well known. */
export const FIRST_PORT = 4180

/** A name of this machine that browsers treat as a safe place. */
export const TOWN_HOST = 'localhost'

export function originOf({ place }: Pick<TownPlace, 'place'>, firstPort: number): string {
  return `http://${TOWN_HOST}:${firstPort + place}`
}

/** The example schemas and policies, as an absolute path. */
export const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
