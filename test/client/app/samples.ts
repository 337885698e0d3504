import type {
  CredentialView,
  HistoryEntry,
  OfferView,
  RequestView,
  WalletState,
} from '../../../client/wallet/types.ts'

// What a wallet could say, for pages that are looked at without one.

/** 2026-11-22T09:00:00Z, in seconds. */
export const NOW = 1_795_338_000

export const PHRASE =
  'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual'

export const PERSON: CredentialView = {
  id: 'c1',
  issuer: 'https://registry.example',
  issuerName: 'Civil registry of Anytown',
  schema: 'person/1',
  title: 'Person',
  attributes: [
    { name: 'givenName', type: 'text', title: 'given name', value: 'Ada' },
    { name: 'birthDate', type: 'date', title: 'date of birth', value: '1990-04-01' },
    { name: 'income', type: 'integer', title: 'income', unit: 'EUR cents', value: 2_400_000 },
    { name: 'veteran', type: 'boolean', title: 'served in the forces', value: false },
  ],
  validFrom: '2026-01-01',
  validUntil: '2031-01-01',
  standing: 'valid',
  receivedAt: NOW - 86_400,
}

export const EXPIRED: CredentialView = {
  ...PERSON,
  id: 'c2',
  issuer: 'https://tax.example',
  schema: 'income/1',
  title: 'Income',
  standing: 'expired',
  validUntil: '2026-10-31',
}

export const REVOKED: CredentialView = {
  ...PERSON,
  id: 'c3',
  title: 'Library',
  standing: 'revoked',
}
export const NOT_YET: CredentialView = {
  ...PERSON,
  id: 'c4',
  title: 'Railcard',
  standing: 'not-yet',
}

export const HISTORY: readonly HistoryEntry[] = [
  {
    id: 'h3',
    at: NOW - 60,
    kind: 'failed',
    host: 'shop.example',
    subject: 'over-18@1',
    code: 'FETCH_FAILED',
  },
  {
    id: 'h2',
    at: NOW - 3_600,
    kind: 'answered',
    host: 'museum.example',
    name: 'City museum',
    subject: 'museum-under-26@1',
    learned: ['That all of this is true, on 22 November 2026.'],
  },
  { id: 'h1', at: NOW - 90_000, kind: 'received', host: 'registry.example', subject: 'person/1' },
]

export const EMPTY: WalletState = {
  status: 'empty',
  hasPasskey: false,
  isForgeable: true,
  settings: { theme: 'system', lockAfter: 5, preparesProofs: true },
  credentials: [],
  pending: [],
  history: [],
  prepared: [],
  forks: [],
  isPhraseKept: false,
}

export const LOCKED: WalletState = { ...EMPTY, status: 'locked', hasPasskey: true }

export const OPEN: WalletState = {
  ...EMPTY,
  status: 'open',
  credentials: [PERSON],
  isPhraseKept: true,
  isPersistent: false,
}

export const FULL: WalletState = {
  ...OPEN,
  hasPasskey: true,
  credentials: [PERSON, EXPIRED, REVOKED, NOT_YET],
  pending: [
    { id: 'p1', issuer: 'https://registry.example', configuration: 'person-1', begunAt: NOW },
  ],
  history: HISTORY,
  prepared: [
    { host: 'museum.example', policy: 'museum-under-26@1', ready: 2, wanted: 2 },
    { host: 'shop.example', policy: 'over-18@1', ready: 0, wanted: 0 },
  ],
  isPhraseKept: false,
  backedUpAt: NOW - 200_000,
}

export const OFFER: OfferView = {
  issuer: 'https://registry.example',
  configuration: 'person-1',
  txCode: { inputMode: 'numeric', length: 6, description: 'The code is on the letter you got.' },
}

export const REQUEST: RequestView = {
  id: 'r1',
  kind: 'online',
  isVerified: true,
  verifier: { host: 'shop.example', name: 'Corner Shop' },
  policy: 'over-18@1',
  purpose: 'Sale of alcohol',
  asked: [{ depth: 0, text: 'You are 18 or older, by your date of birth.' }],
  learned: ['That all of this is true, on 22 November 2026.'],
  hidden: ['Your date of birth.', 'Anything else on your credentials.'],
  disclosed: [],
  titles: { person: 'Person', 'person.birthDate': 'date of birth' },
  recognition: 'none',
  askedBefore: 0,
  findings: [],
  isPrepared: false,
  expiresAt: NOW + 300,
}

export const ELABORATE: RequestView = {
  ...REQUEST,
  id: 'r2',
  verifier: {
    host: 'a-rather-long-name-of-a-department.benefits.government.example',
    name: 'Office for winter fuel \u202eevil',
  },
  policy: 'winter-fuel@1',
  purpose: 'Winter fuel grant 2026',
  asked: [
    { depth: 0, text: 'You hold a Person credential.' },
    { depth: 0, text: 'All of these are true:' },
    { depth: 1, text: 'You are 65 or older, by your date of birth.' },
    { depth: 1, text: 'At least one of these is true:' },
    { depth: 2, text: 'Your annual income is less than 1,200,000 GBP pence.' },
    { depth: 2, text: 'Your disability is at least 50 percent.' },
    { depth: 1, text: 'Your region is one of “4401”, “4403”.' },
  ],
  disclosed: [
    { title: 'given name', value: 'Ada' },
    { title: 'date of birth', value: '1990-04-01' },
  ],
  titles: {
    person: 'Person',
    'person.region': 'place of residence',
    'person.birthDate': 'day of birth',
    income: 'Income',
  },
  page: 'apply.benefits.government.example',
  recognition: 'always',
  askedBefore: 3,
  lastAskedAt: NOW - 86_400,
  findings: [
    { code: 'ASKED_BEFORE', level: 'note', value: 3 },
    { code: 'UNUSUAL_DATE', level: 'warn', path: 'person.birthDate', value: '1991-02-03' },
    { code: 'NARROW_LIST', level: 'warn', path: 'person.region', value: 2 },
  ],
  isPrepared: true,
}

export const STOPPED: RequestView = {
  ...ELABORATE,
  id: 'r3',
  findings: [{ code: 'NARROWS', level: 'refuse', path: 'person.birthDate' }],
}

export const IMPOSSIBLE: RequestView = { ...REQUEST, id: 'r4', obstacle: 'POLICY_NOT_SATISFIED' }
