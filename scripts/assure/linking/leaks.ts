import type { Prover } from '../../../client/prover.ts'
import { REVOCATION_SHAPE, shardPrefix } from '../../../core/sorted-set.ts'
import type { IssuedJson } from './observations.ts'
import type { Tampering } from './record.ts'
import type { Town } from './town.ts'
import { freshRandomness, trapdoorProver } from './trapdoor-prover.ts'

// Wallets and services that give holders away, each in one way: the audit has to notice.

/** What is different about one holder. */
export interface Wiring {
  readonly tampering?: Tampering
  readonly prover?: Prover
  /** Runs an opening of the wallet in a platform that is not as it should be. */
  readonly around?: <T>(opening: () => Promise<T>) => Promise<T>
}

export interface Leak {
  readonly name: string
  /** In words. */
  readonly fault: string
  /** `place` counts the holders who have the leak. */
  readonly wire: (holder: {
    readonly number: number
    readonly place: number
    readonly town: Town
  }) => Wiring
}

export const LEAKS: readonly Leak[] = [
  {
    name: 'stable-header',
    fault: 'a header with a number that a wallet keeps',
    wire: ({ number }) => ({ tampering: withHeader('x-client', digest(number)) }),
  },
  {
    name: 'same-key',
    fault: 'one key for all presentations of a wallet',
    wire: () => ({ around: withOneKey() }),
  },
  {
    name: 'own-size',
    fault: 'answers that are longer for some holders',
    wire: ({ place }) => ({ tampering: withField('more', '0'.repeat(3 * (place % 8))) }),
  },
  {
    name: 'own-root',
    fault: 'some holders are given an older trust list, whose root is in their proofs',
    wire: ({ place }) => ({ tampering: withOlderList(place % 2 === 0) }),
  },
  {
    name: 'shard-at-proof',
    fault: 'the shard of a credential is fetched whenever it is proved',
    wire: () => ({ tampering: withShardAtProof() }),
  },
  {
    name: 'same-randomness',
    fault: 'proofs that are not made with fresh randomness',
    wire: () => {
      const once = freshRandomness()
      return { prover: trapdoorProver(() => once) }
    },
  },
  {
    name: 'issued-at',
    fault: 'answers that say when the credential was issued, to the second',
    wire: ({ town }) => ({ tampering: withIssueTime(town) }),
  },
  {
    name: 'own-order',
    fault: 'headers in an order that depends on the wallet',
    wire: ({ place }) => ({ tampering: withOrder(place % 2 === 0) }),
  },
  {
    name: 'slow-clock',
    fault: 'answers that carry the time of a device whose clock is wrong',
    wire: ({ place, town }) => ({ tampering: withDeviceTime(town, 9 * (place % 8) - 30) }),
  },
]

export function leakNamed(name: string): Leak {
  const leak = LEAKS.find((one) => one.name === name)
  if (leak === undefined) throw new TypeError(`no leak is called ${name}`)
  return leak
}

function withHeader(name: string, value: string): Tampering {
  return (send) => (url, init) => {
    const headers = { ...(init.headers as Record<string, string>), [name]: value }
    return send(url, { ...init, headers })
  }
}

/** In answers to verifiers, which ignore what they do not know. */
function withField(name: string, value: string): Tampering {
  return (send) => (url, init) => {
    if (!isAnswer(url)) return send(url, init)
    const body = new URLSearchParams(init.body as URLSearchParams)
    body.set(name, value)
    return send(url, { ...init, body })
  }
}

function withOlderList(isOlder: boolean): Tampering {
  return (send) => {
    const first = new Map<string, string>()
    return async (url, init) => {
      const response = await send(url, init)
      if (!isOlder || !url.endsWith('/trust/registries')) return response
      const text = await response.clone().text()
      const old = first.get(url) ?? text
      first.set(url, old)
      return new Response(old, { headers: { 'content-type': 'application/jwt' } })
    }
  }
}

/** Asks for the part that the newest credential is in, just before an answer leaves. */
function withShardAtProof(): Tampering {
  return (send) => {
    let shard: string | undefined
    return async (url, init) => {
      if (isAnswer(url) && shard !== undefined) await send(shard, { method: 'GET' })
      const response = await send(url, init)
      if (!url.endsWith('/credential')) return response
      const { credentials } = (await response.clone().json()) as IssuedJson
      const number = BigInt(credentials[0].credential.revocationId)
      const prefix = String(shardPrefix(REVOCATION_SHAPE, number))
      shard = new URL(`/status/shards/${'A'.repeat(43)}/${prefix}`, url).href
      return response
    }
  }
}

function withIssueTime(town: Town): Tampering {
  return (send) => {
    let issuedAt = ''
    return (url, init) => {
      if (url.endsWith('/credential')) issuedAt = String(town.clock.now)
      return withField('issued', issuedAt)(send)(url, init)
    }
  }
}

function withDeviceTime(town: Town, ahead: number): Tampering {
  return (send) => (url, init) => withField('sent', String(town.clock.now + ahead))(send)(url, init)
}

function withOrder(isTurned: boolean): Tampering {
  return (send) => (url, init) => {
    const pairs = Object.entries((init.headers ?? {}) as Record<string, string>)
    const more: [string, string][] = [...pairs, ['accept-language', 'en']]
    const headers = Object.fromEntries(isTurned ? more.reverse() : more)
    return send(url, { ...init, headers })
  }
}

/** The platform gives the same signing key again and again. */
function withOneKey(): NonNullable<Wiring['around']> {
  const { subtle } = crypto
  let pair: CryptoKeyPair | undefined
  const generate = subtle.generateKey.bind(subtle) as (...all: unknown[]) => Promise<CryptoKeyPair>
  const sameAgain = async (...all: unknown[]): Promise<CryptoKeyPair> => {
    const [algorithm] = all as [{ readonly name?: string }]
    if (algorithm.name !== 'ECDSA') return generate(...all)
    return (pair ??= await generate(algorithm, true, ['sign', 'verify']))
  }
  return async (opening) => {
    Object.defineProperty(subtle, 'generateKey', { value: sameAgain, configurable: true })
    try {
      return await opening()
    } finally {
      Reflect.deleteProperty(subtle, 'generateKey')
    }
  }
}

function isAnswer(url: string): boolean {
  return url.includes('/oid4vp/response/')
}

/** Looks random, and is the same for one holder. */
function digest(number: number): string {
  return (BigInt(number) * 0x9e37_79b9_7f4a_7c15n + 0x1234_5678_9abc_def0n)
    .toString(16)
    .padStart(16, '0')
}
