import type { SessionState } from '../../../client/app/state.ts'
import type { WalletState } from '../../../client/wallet/types.ts'
import { PHOTOGRAPH } from './photograph.ts'
import {
  ELABORATE,
  EMPTY,
  FULL,
  IMPOSSIBLE,
  LOCKED,
  NOW,
  OFFER,
  OPEN,
  PERSON,
  PHRASE,
  REQUEST,
  STOPPED,
} from './samples.ts'

/** A wallet and a moment in front of it. */
export interface Scene {
  readonly wallet: WalletState
  readonly session?: Partial<SessionState>
}

const phrase = { words: PHRASE.split(' ') }
const answer = { bytes: 1342, milliseconds: 3456, wasPrepared: false }

/** Every screen of the wallet, and what it looks like when something is wrong. */
export const SCENES: Readonly<Record<string, Scene>> = {
  first: { wallet: EMPTY, session: { waiting: { kind: 'request', link: 'x' } } },
  create: { wallet: EMPTY, session: { entry: 'create', strength: 'weak' } },
  'create-failed': {
    wallet: EMPTY,
    session: { entry: 'create', failure: { task: 'create', problem: 'PASSPHRASES_DIFFER' } },
  },
  words: {
    wallet: EMPTY,
    session: { entry: 'words', failure: { task: 'create', problem: 'PHRASE_INVALID' } },
  },
  restore: {
    wallet: EMPTY,
    session: { entry: 'restore', failure: { task: 'inspect', problem: 'BACKUP_INVALID' } },
  },
  preview: {
    wallet: EMPTY,
    session: {
      entry: 'restore',
      restoring: {
        file: new Uint8Array(),
        passphrase: '',
        view: { madeAt: NOW, credentials: 2, history: 5 },
      },
    },
  },
  unlock: { wallet: LOCKED, session: { waiting: { kind: 'request', link: 'x' } } },
  'unlock-failed': {
    wallet: LOCKED,
    session: { failure: { task: 'unlock', problem: 'UNLOCK_FAILED' } },
  },
  phrase: { wallet: OPEN, session: { phrase } },
  check: {
    wallet: OPEN,
    session: {
      phrase: { ...phrase, asked: [3, 11] },
      failure: { task: 'check', problem: 'WORDS_WRONG' },
    },
  },
  empty: { wallet: { ...OPEN, credentials: [] } },
  cards: { wallet: FULL, session: { opened: ['c1'], hasUpdate: true } },
  'cards-forked': {
    wallet: { ...OPEN, forks: [{ issuer: PERSON.issuer, foundAt: NOW, evidence: '{}' }] },
    session: { opened: ['c1'] },
  },
  remove: {
    wallet: OPEN,
    session: { confirming: { kind: 'remove', id: 'c1', title: 'Person' } },
  },
  scan: { wallet: OPEN, session: { screen: 'scan' } },
  'scan-failed': {
    wallet: OPEN,
    session: { screen: 'scan', failure: { task: 'link', problem: 'REQUEST_INVALID' } },
  },
  offer: { wallet: OPEN, session: { screen: 'offer', offer: OFFER } },
  'offer-taking': {
    wallet: OPEN,
    session: {
      screen: 'offer',
      offer: OFFER,
      busy: { task: 'take', stage: 'witness', fraction: 0.3 },
    },
  },
  received: { wallet: FULL, session: { screen: 'offer', received: PERSON } },
  request: { wallet: OPEN, session: { screen: 'request', request: REQUEST } },
  elaborate: {
    wallet: OPEN,
    session: {
      screen: 'request',
      request: ELABORATE,
      accepted: ['UNUSUAL_DATE person.birthDate 1991-02-03'],
    },
  },
  stopped: { wallet: OPEN, session: { screen: 'request', request: STOPPED } },
  impossible: { wallet: OPEN, session: { screen: 'request', request: IMPOSSIBLE } },
  expired: {
    wallet: OPEN,
    session: { screen: 'request', request: { ...REQUEST, expiresAt: NOW - 1 } },
  },
  proving: {
    wallet: OPEN,
    session: {
      screen: 'request',
      request: REQUEST,
      busy: { task: 'answer', stage: 'proof', fraction: 0.6 },
    },
  },
  answered: {
    wallet: OPEN,
    session: {
      screen: 'request',
      outcome: {
        host: 'shop.example',
        isLeaving: true,
        redirectUri: 'https://shop.example',
        redirectHost: 'shop.example',
        answer,
      },
    },
  },
  'answered-elsewhere': {
    wallet: OPEN,
    session: {
      screen: 'request',
      outcome: {
        host: 'shop.example',
        isLeaving: false,
        redirectUri: 'https://pages.example/back',
        redirectHost: 'pages.example',
        answer,
      },
    },
  },
  refused: {
    wallet: OPEN,
    session: { screen: 'request', outcome: { host: 'shop.example', isLeaving: false } },
  },
  history: { wallet: FULL, session: { screen: 'history' } },
  ready: { wallet: FULL, session: { screen: 'ready' } },
  backup: { wallet: FULL, session: { screen: 'backup' } },
  settings: { wallet: FULL, session: { screen: 'settings', notice: 'saved' } },
  destroy: {
    wallet: OPEN,
    session: {
      screen: 'settings',
      confirming: { kind: 'destroy' },
      failure: { task: 'destroy', problem: 'CONFIRMATION_WRONG' },
    },
  },
  'request-counter': {
    wallet: OPEN,
    session: { screen: 'request', request: { ...REQUEST, kind: 'counter', recognition: 'once' } },
  },
  'request-unverified': {
    wallet: OPEN,
    session: {
      screen: 'request',
      request: {
        ...REQUEST,
        kind: 'counter',
        isVerified: false,
        disclosed: [{ title: 'photograph', value: PHOTOGRAPH }],
        findings: [{ code: 'UNVERIFIED_VERIFIER', level: 'warn', value: 'shop.example' }],
      },
    },
  },
  'request-offline': {
    wallet: OPEN,
    session: {
      screen: 'request',
      request: { ...REQUEST, kind: 'counter', obstacle: 'FETCH_FAILED' },
    },
  },
  shown: {
    wallet: OPEN,
    session: {
      screen: 'request',
      outcome: {
        host: 'shop.example',
        answer,
        presentation: 'x'.repeat(900),
        isSpent: true,
        isLeaving: false,
      },
    },
  },
}
