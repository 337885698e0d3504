import { attributesOf, dayOf, encode, schemaHash } from './attributes.ts'
import { checkKey, isSigned } from './eddsa.ts'
import type { Point } from './eddsa.ts'
import { list, literal, members, natural, text } from './json.ts'
import type { Members } from './json.ts'
import { openJws, readJwk } from './jws.ts'
import { bytesOf, fieldOf, tag } from './numbers.ts'
import { poseidon } from './poseidon.ts'
import { must, slips } from './refused.ts'

// What issuers sign: credentials and status documents; and lists of issuers.

const SKEW = 300
const PLACES = 512

export function pointOf(json: unknown): Point {
  const point = members(json, 'x y')
  return [fieldOf(point.get('x')), fieldOf(point.get('y'))]
}

/** A credential of a schema, with its signature. */
export function checkCredential(json: unknown, schema: Members): void {
  const body = members(
    json,
    'format issuer schema key commitment revocationId validFrom validUntil attributes signature',
  )
  literal(body.get('format'), 'zerocard-credential/1')
  text(body.get('issuer'), 0, 200)
  literal(body.get('schema'), schema.get('id') as string)
  const key = pointOf(body.get('key'))
  checkKey(key)
  const signature = members(body.get('signature'), 'r8 s')
  const isGood = isSigned(
    key,
    messageOf(body, schema),
    pointOf(signature.get('r8')),
    fieldOf(signature.get('s')),
  )
  must(isGood, 'the signature is wrong')
}

function messageOf(body: Members, schema: Members): bigint {
  const revocationId = fieldOf(body.get('revocationId'))
  const [from, until] = [dayOf(body.get('validFrom')), dayOf(body.get('validUntil'))]
  must(revocationId < 1n << 40n, 'the revocation number is too large')
  must(from <= until, 'it ends before it begins')
  const attributes = attributesOf(schema)
  const values = members(body.get('attributes'), attributes.map(({ name }) => name).join(' '))
  const codes = attributes.map(({ name, type }) => encode(type, values.get(name)))
  const pairs = Array.from(
    { length: 8 },
    (_, i) => (codes[2 * i] ?? 0n) + ((codes[2 * i + 1] ?? 0n) << 120n),
  )
  return poseidon(
    tag('zerocard/credential/1'),
    slips('schema not bound') ? 0n : schemaHash(schema),
    fieldOf(body.get('commitment')),
    revocationId + (BigInt(from) << 40n) + (BigInt(until) << 60n),
    ...pairs,
  )
}

export interface Status {
  readonly epoch: number
  readonly keys: readonly {
    readonly schema: string
    readonly key: Point
    readonly schemaHash: bigint
    readonly root: bigint
  }[]
}

/** A status document of an issuer, now; keys are not judged. */
export function openStatus(jws: unknown, issuer: unknown, jwk: unknown, now: number): Status {
  const payload = openJws(jws, jwk, 'zerocard-status+jwt', 64 * 1024)
  const body = members(payload, 'iss epoch iat exp log keys')
  must(bytesOf(body.get('log')).length === 32, 'no root of a log')
  const named = text(body.get('iss'), 1, 200)
  must(named === issuer || slips('issuer not compared'), 'of another issuer')
  const [iat, exp] = [natural(body.get('iat')), natural(body.get('exp'))]
  must((now < exp && iat <= now + SKEW) || slips('expiry ignored'), 'not now')
  const keys = list(body.get('keys'), 1, PLACES).map((entry) => {
    const key = members(entry, 'key schema schemaHash revocationRoot revoked')
    natural(key.get('revoked'))
    return {
      schema: text(key.get('schema'), 0, 100),
      key: pointOf(key.get('key')),
      schemaHash: fieldOf(key.get('schemaHash')),
      root: fieldOf(key.get('revocationRoot')),
    }
  })
  return { epoch: natural(body.get('epoch'), 1), keys }
}

export interface Expected {
  readonly operator: unknown
  readonly jwk: unknown
  readonly name: unknown
  readonly now: number
}

/** The root of a signed list of issuers. */
export function openTrustList(jws: unknown, { operator, jwk, name, now }: Expected): bigint {
  const payload = openJws(jws, jwk, 'zerocard-trust+jwt', 32 * 1024 * 1024)
  const body = members(payload, 'iss iat exp list')
  must(body.get('iss') === operator || slips('issuer not compared'), 'of another operator')
  const [iat, exp] = [natural(body.get('iat')), natural(body.get('exp'))]
  must((now < exp && iat <= now + SKEW) || slips('expiry ignored'), 'not now')
  const trust = members(body.get('list'), 'format name root issuers')
  literal(trust.get('format'), 'zerocard-trust/1')
  literal(trust.get('name'), name as string)
  const root = rootOf(list(trust.get('issuers'), 1, PLACES), now)
  must(root === fieldOf(trust.get('root')) || slips('trust root believed'), 'another root')
  return slips('trust root believed') ? fieldOf(trust.get('root')) : root
}

function rootOf(issuers: readonly unknown[], now: number): bigint {
  const named = new Set<unknown>()
  const keys = issuers.flatMap((entry) => {
    const issuer = members(entry, 'issuer jwk schemas status')
    const name = text(issuer.get('issuer'), 1, 200)
    must(!named.has(name) || slips('issuer named twice'), 'an issuer twice')
    named.add(name)
    const schemas = list(issuer.get('schemas'), 1, PLACES).map((schema) => text(schema, 0, 100))
    const status = openStatus(issuer.get('status'), name, readJwk(issuer.get('jwk')), now)
    return status.keys.filter(({ schema }) => schemas.includes(schema))
  })
  must(keys.length <= PLACES, 'too many keys')
  must(new Set(keys.map(({ key }) => key.join())).size === keys.length, 'a key twice')
  const leaves = keys.map(({ key, schemaHash, root }) => {
    checkKey(key)
    return poseidon(tag('zerocard/issuer/1'), ...key, schemaHash, root)
  })
  leaves.sort((a, b) => (a < b ? -1 : 1))
  let row = Array.from({ length: PLACES }, (_, i) => leaves[i] ?? 0n)
  while (row.length > 1) {
    row = Array.from({ length: row.length / 8 }, (_, i) => poseidon(...row.slice(8 * i, 8 * i + 8)))
  }
  return row[0] ?? 0n
}
