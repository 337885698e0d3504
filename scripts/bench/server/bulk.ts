import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enrolmentSignals, enrolmentTag, issuerScope } from '../../../core/enrolment.ts'
import {
  generatePrivateKey,
  holderCommitment,
  issuerSigner,
  parseSchema,
  publicKeyOf,
} from '../../../core/index.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import { Issuer, IssuerStore, createPairingVerifier } from '../../../server/index.ts'
import { forgeProof } from '../../../test/support/forgery.ts'
import { openArtifacts } from '../../zerocard/artifacts.ts'
import { issueInBulk } from '../../zerocard/bulk.ts'
import type { BulkJob } from '../../zerocard/bulk.ts'
import { PUBLIC, writeJson } from '../../zerocard/files.ts'
import { enrolmentToJson } from '../../zerocard/messages.ts'
import { SILENT } from '../../zerocard/progress.ts'
import { exact, rounded } from '../figure.ts'
import type { Figure } from '../figure.ts'
import { SCHEMA_JSON } from '../world.ts'

const PEOPLE = 200
const ISSUER = 'https://issuer.example'
const NONCE = 'bench'
const NOW = 1_790_000_000

const ATTRIBUTES = { birthDate: '1990-05-17', region: 'DE-BY', amount: 12_000 }

/**
 * How many people of a register `zerocard issue --csv` gives a credential to in a second: requests
 * are read and their proofs checked, credentials recorded, signed and written.
 */
export async function* bulkFigures(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-bench-'))
  const store = await IssuerStore.open(`sqlite:${join(folder, 'issuer.sqlite')}`, ISSUER)
  try {
    const { keys } = await openArtifacts()
    const job = await prepare(folder, store, keys.enrolment.key)
    const start = performance.now()
    const { issued } = await issueInBulk(job)
    const seconds = (performance.now() - start) / 1000
    if (issued !== PEOPLE) throw new TypeError('not everybody has a credential')
    yield exact('issue.bulk-per-s', rounded(issued / seconds), '1/s')
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function prepare(
  folder: string,
  store: IssuerStore,
  enrolmentKey: VerificationKey,
): Promise<BulkJob> {
  const requests = join(folder, 'requests')
  mkdirSync(requests)
  const rows = Array.from({ length: PEOPLE }, (_, i) => {
    const subject = `P-${String(i)}`
    writeJson(join(requests, `${subject}.json`), enrolment(enrolmentKey, BigInt(i + 1)), PUBLIC)
    return { line: i + 2, subject, attributes: ATTRIBUTES }
  })
  const schema = parseSchema(SCHEMA_JSON[0])
  const privateKey = generatePrivateKey()
  const keys = [{ schema, signer: issuerSigner(ISSUER, privateKey, publicKeyOf(privateKey)) }]
  const verifyProof = await createPairingVerifier()
  const issuer = new Issuer({ issuer: ISSUER, keys, store, enrolmentKey, verifyProof })
  const validity = { validFrom: undefined, validUntil: undefined }
  const terms = { issuer: ISSUER, schema: schema.id, nonce: NONCE, ...validity, now: NOW }
  const places = { register: 'register.csv', requests, out: join(folder, 'out') }
  return { issuer, store, rows, ...places, terms, progress: SILENT }
}

/** What a holder sends, but with a proof by the public trapdoor: checking it costs the same. */
function enrolment(key: VerificationKey, secret: bigint): object {
  const tag = enrolmentTag(secret, issuerScope(ISSUER))
  const request = { commitment: holderCommitment(secret, 7n), tag }
  const proof = forgeProof(key, enrolmentSignals(request, ISSUER, NONCE))
  return enrolmentToJson({ ...request, issuer: ISSUER, nonce: NONCE, proof })
}
