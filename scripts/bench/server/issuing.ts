import { holderCommitment } from '../../../core/index.ts'
import { generateSigningKey, publicJwk, signJws } from '../../../core/jws.ts'
import { enrolmentSignals, enrolmentTag, issuerScope } from '../../../core/enrolment.ts'
import { PRE_AUTHORIZED_GRANT, PROOF_TYP } from '../../../core/openid.ts'
import { forgeProof } from '../../../test/support/forgery.ts'
import { openArtifacts } from '../../zerocard/artifacts.ts'
import { exact, rounded } from '../figure.ts'
import type { Figure } from '../figure.ts'
import { SCHEMA_JSON } from '../world.ts'
import { createCaller } from './load.ts'
import { startMeasured } from './service.ts'
import type { MeasuredService } from './service.ts'

// How many people a second an issuer can give a credential to, from the offer to the signature.

const PEOPLE = 150
const AT_A_TIME = 8
const ROLES = ['registrar', 'revoker', 'recoverer', 'publisher', 'auditor', 'monitor']
const JSON_TYPE = { 'content-type': 'application/json' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

type Call = ReturnType<typeof createCaller>['call']

export async function* measureIssuing(
  folder: string,
  name: string,
  database: string,
): AsyncGenerator<Figure> {
  const schemas = SCHEMA_JSON.map((_, i) => `schema-${String(i)}.json`)
  const service = await startMeasured('issuer', folder, { schemas }, ROLES, database)
  const { call, close } = createCaller(service.origin)
  try {
    const applications = await prepare(service, call)
    const start = performance.now()
    let next = 0
    const line = async (): Promise<void> => {
      for (let i = next++; i < applications.length; i = next++) await applications[i]?.()
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, line))
    const seconds = (performance.now() - start) / 1000
    yield exact(`issue.http-per-s.${name}`, rounded(PEOPLE / seconds), '1/s')
  } finally {
    close()
    await service.stop()
  }
}

/**
 * Everything that is the wallet's own work or the operator's is done before the clock runs: people
 * are registered, offers made, proofs ready (made by the public trapdoor; checking them costs the
 * same). What remains is the request for the credential.
 */
async function prepare(service: MeasuredService, call: Call): Promise<(() => Promise<void>)[]> {
  const operator = { authorization: `Bearer ${service.token}`, 'content-type': 'text/csv' }
  const rows = Array.from({ length: PEOPLE }, (_, i) => `P-${String(i)},1990-05-17,DE-BY,12000`)
  const csv = `subject,birthDate,region,amount\r\n${rows.join('\r\n')}\r\n`
  const registered = await call('/v1/people/person-1', csv, operator)
  if (registered.status >= 300) throw new TypeError(`registering failed: ${registered.text}`)
  const { keys } = await openArtifacts()
  const applications: (() => Promise<void>)[] = []
  for (let i = 0; i < PEOPLE; i++) {
    const token = await accessToken(service, call, `P-${String(i)}`)
    const { c_nonce: nonce } = JSON.parse((await call('/nonce', '', FORM)).text) as {
      c_nonce: string
    }
    const secret = BigInt(i + 1)
    const request = {
      commitment: holderCommitment(secret, 7n),
      tag: enrolmentTag(secret, issuerScope(service.origin)),
    }
    const signals = enrolmentSignals(request, service.origin, nonce)
    const proof = forgeProof(keys.enrolment.key, signals)
    const body = await credentialRequest(service.origin, nonce, { ...request, proof })
    const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` }
    applications.push(async () => {
      const { status, text } = await call('/credential', body, headers)
      if (status !== 200) throw new TypeError(`issuing failed: ${text}`)
    })
  }
  return applications
}

async function accessToken(service: MeasuredService, call: Call, subject: string): Promise<string> {
  const operator = { ...JSON_TYPE, authorization: `Bearer ${service.token}` }
  const question = JSON.stringify({ subject, configuration: 'person-1' })
  const made = JSON.parse((await call('/v1/offers', question, operator)).text) as {
    readonly offerUri: string
    readonly txCode: string
  }
  const offer = JSON.parse((await call(new URL(made.offerUri).pathname, undefined, {})).text) as {
    readonly grants: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
  const grant = offer.grants[PRE_AUTHORIZED_GRANT] ?? {}
  const form = new URLSearchParams({
    grant_type: PRE_AUTHORIZED_GRANT,
    'pre-authorized_code': String(grant['pre-authorized_code']),
    tx_code: made.txCode,
  })
  const answer = await call('/token', form.toString(), FORM)
  return (JSON.parse(answer.text) as { readonly access_token: string }).access_token
}

async function credentialRequest(
  issuer: string,
  nonce: string,
  { commitment, tag, proof }: { commitment: bigint; tag: bigint; proof: string },
): Promise<string> {
  const key = await generateSigningKey()
  const header = { typ: PROOF_TYP, jwk: await publicJwk(key.publicKey) }
  const zerocard = { commitment: String(commitment), tag: String(tag), proof }
  const payload = { aud: issuer, iat: Math.floor(Date.now() / 1000), nonce, zerocard }
  const jwt = await signJws(header, payload, key.privateKey)
  return JSON.stringify({ credential_configuration_id: 'person-1', proofs: { jwt: [jwt] } })
}
