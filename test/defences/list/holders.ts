import type { Defence } from '../defence.ts'

// N44 to N65: what holders rely on, from the keys that were made to the data that is left.

const REHEARSAL = 'test/scripts/ceremony/rehearsal.test.ts'
const GATE = 'test/scripts/ceremony/production-gate.test.ts'
const PRODUCTION_KEY = 'test/core/ceremony/production-key.test.ts'
const ARTIFACTS = 'test/client/proving/artifacts.test.ts'
const WEB = 'test/scripts/web.test.ts'
const VAULT = 'test/client/storage/vault.test.ts'
const PRESENTING = 'test/client/wallet/presenting.test.ts'
const ERRANDS = 'test/client/wallet/errands.test.ts'
const COUNTER = 'test/client/wallet/counter.test.ts'
const BROWSER = 'test/e2e/browser.test.ts'
const PRIVACY = 'test/e2e/privacy.test.ts'
const PACKAGES = 'test/scripts/packages.test.ts'
const BISECTION = 'test/client/guard/bisection.test.ts'
const JUDGE = 'test/client/guard/judge.test.ts'
const PUBLIC_LOG = 'test/client/wallet/public-log.test.ts'
const SECRETS = 'test/server/secrets.test.ts › services compare secrets in constant time'
const RUN = 'a run leaves no attribute, proof, token, code or address in database and log'
const NEITHER =
  'neither log nor database give away a code, a token or a nonce, the log nobody at all'
const BLINDED =
  'test/client/groth16/prover.test.ts › is hidden by two numbers of its own, each of 64 random bytes'

const CEREMONY: readonly Defence[] = [
  {
    group: 'N44',
    without: 'a flaw that is found in a contribution is of no consequence',
    file: 'core/ceremony/chain.ts',
    text: 'if (reason !== undefined) throw broken(i, reason)',
    instead: '',
    tests: [
      `${GATE} › are refused if a digit of a transcript was changed, also with the manifest`,
      `${PRODUCTION_KEY} › with any single digit or name changed in the file, but for what nothing follows from`,
      `${REHEARSAL} › contributors swapped, one left out, another beacon, a byte changed`,
    ],
  },
  {
    group: 'N44',
    without: 'contributions are not counted',
    file: 'core/ceremony/production-key.ts',
    text: 'if (secret.length < minimumContributions) {',
    instead: 'if (minimumContributions < 0) {',
    tests: [`${PRODUCTION_KEY} › with a beacon only, although delta is not gamma`],
  },
  {
    group: 'N44',
    without: 'the points that quotients are made from are not compared one by one',
    file: 'scripts/ceremony/snarkjs.ts',
    text: 'return hasSameQuotients(firstKey, lastKey)',
    instead: 'return true',
    tests: [`${REHEARSAL} › is noticed by whoever comes next, and by whoever verifies`],
  },
  {
    group: 'N45',
    without: 'whoever announces a ceremony does not compare the powers of tau with the pinned hash',
    file: 'scripts/ceremony/powers.ts',
    text: 'if (pinned !== undefined && pinned !== blake2b512) throw other(path, pinned, blake2b512)',
    instead: '',
    tests: [`${REHEARSAL} › with … are refused, whoever brings them`],
  },
  {
    group: 'N45',
    without:
      'who contributes or verifies does not compare the powers of tau with the announced ones',
    file: 'scripts/ceremony/powers.ts',
    text: 'if (blake2b512 !== powersOfTau.blake2b512) throw other(path, powersOfTau.blake2b512, blake2b512)',
    instead: '',
    tests: [`${REHEARSAL} › with … are refused, whoever brings them`],
  },
  {
    group: 'N45',
    without: 'powers of tau that nobody knows are taken',
    file: 'scripts/ceremony/powers.ts',
    text: 'if (pinned === undefined && publishedName(blake2b512) === undefined) {',
    instead: "if (pinned === '') {",
    tests: [`${REHEARSAL} › that nobody has pinned and no table knows are refused`],
  },
  {
    group: 'N45',
    without: 'what stands in prepared powers of tau for the missing power is not looked at',
    file: 'scripts/ceremony/snarkjs.ts',
    text: 'return hasNothingHidden(bytes)',
    instead: 'return true',
    tests: [`${REHEARSAL} › in which whoever prepared them has hidden a point are refused`],
  },
]

const FILES: readonly Defence[] = [
  {
    group: 'N46',
    without: 'services do not compare a file with the manifest',
    file: 'scripts/zerocard/artifacts.ts',
    text: 'await assertArtifact(facts, bytes, path)',
    instead: '',
    tests: [`${GATE} › are refused if a file is not the one that the manifest names (N46)`],
  },
  {
    group: 'N46',
    without: 'wallets do not compare a file with the manifest',
    file: 'client/proving/download.ts',
    text: 'await assertArtifact(facts, bytes, name)',
    instead: '',
    tests: [
      `${ARTIFACTS} › are refused with a … that is …, after a second look`,
      `${ARTIFACTS} › that were changed in the cache are fetched anew`,
      'test/e2e/prover-worker.test.ts › uses nothing of a file that is not the listed one',
    ],
  },
  {
    group: 'N46',
    without: 'what the cache has is believed',
    file: 'client/proving/download.ts',
    text: 'if (kept !== undefined && (await mistakeIn(download, kept)) === undefined) {',
    instead: 'if (kept !== undefined) {',
    tests: [`${ARTIFACTS} › that were changed in the cache are fetched anew`],
  },
  {
    group: 'N46',
    without: 'what is listed is the hash of nothing',
    file: 'scripts/build/web/stamp.ts',
    text: 'createHash(name).update(bytes).digest()',
    instead: 'createHash(name).digest()',
    tests: [`${WEB} › is listed with the hash of each file, as it lies there`],
  },
]

const KEYS: readonly Defence[] = [
  {
    group: 'N47',
    without: 'a proof under a key that is not accepted is judged under one that is',
    file: 'core/verify.ts',
    text: 'const accepted = keys.get(claims.circuit)',
    instead: 'const accepted = keys.get(claims.circuit) ?? [...keys.values()][0]',
    tests: [
      'test/server/verifier/openid4vp.test.ts › is refused …',
      'test/server/verifier/rotation.test.ts › proofs under both are accepted for as long as both are, and then only under the new one',
    ],
  },
  {
    group: 'N47',
    without: 'a key that was prepared before serves for every other one of its size',
    file: 'server/pairing/fused/engine.ts',
    text: 'readonly #keys = new WeakMap<VerificationKey, PreparedKey>()',
    instead: `readonly #bySize = new Map<number, PreparedKey>()
  readonly #keys = {
    get: ({ inputs }: VerificationKey) => this.#bySize.get(inputs.length),
    set: ({ inputs }: VerificationKey, key: PreparedKey) => this.#bySize.set(inputs.length, key),
  }`,
    tests: ['test/server/pairing.test.ts › judges each proof under its own key'],
  },
]

const STORAGE: readonly Defence[] = [
  {
    group: 'N50',
    without: 'records are padded and not sealed',
    file: 'client/storage/sealed-record.ts',
    text: 'return seal(records, contextOf(key), pad(text))',
    instead: 'return pad(text)',
    tests: [`${VAULT} › shows no secret and no name, in no common form, and no passphrase`],
  },
  {
    group: 'N50',
    without: 'records lie under their names',
    file: 'client/storage/sealed-record.ts',
    text: "return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', names, utf8(name))))",
    instead: 'return name',
    tests: [`${VAULT} › shows no secret and no name, in no common form, and no passphrase`],
  },
  {
    group: 'N50',
    without: 'a record that does not open is passed over',
    file: 'client/storage/vault.ts',
    text: 'const records = await Promise.all(stored.map(([key, sealed]) => openRecord(keys, key, sealed)))',
    instead: `const opened = stored.map(([key, sealed]) => openRecord(keys, key, sealed))
    const records = (await Promise.allSettled(opened)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    )`,
    tests: [`${VAULT} › is refused for every altered byte of a record`],
  },
  {
    group: 'N50',
    without: 'the hash before the header is not compared',
    file: 'client/storage/header.ts',
    text: 'if (stored.length > MAX_HEADER_BYTES || !equalBytes(sha256(text), stored.subarray(0, HASH_BYTES)))',
    instead: 'if (stored.length > MAX_HEADER_BYTES)',
    tests: [`${VAULT} › is refused for every altered byte of the header`],
  },
  {
    group: 'N50',
    without: 'the proof of a header does not cover the ways in',
    file: 'client/storage/header.ts',
    text: "return utf8(canonicalJson(['zerocard/vault-header/1', plainEntrances(entrances)]))",
    instead: "return utf8('zerocard/vault-header/1')",
    tests: [`${VAULT} › is refused for every altered byte of the header`],
  },
  {
    group: 'N51',
    without: 'locking leaves the keys where they are',
    file: 'client/storage/vault.ts',
    text: 'this.#keys = undefined',
    instead: '',
    tests: [`${VAULT} › gives nothing while it is locked`],
  },
  {
    group: 'N51',
    without: 'the key behind a passphrase can be read by the page',
    file: 'client/storage/seal.ts',
    text: "crypto.subtle.importKey('raw', secret, 'AES-GCM', false, [",
    instead: "crypto.subtle.importKey('raw', secret, 'AES-GCM', true, [",
    tests: [`${VAULT} › has no key that the page could read or give away`],
  },
  {
    group: 'N51',
    without: 'the keys of records and names can be read by the page',
    file: 'client/storage/vault-key.ts',
    text: `target,
      false,
      usages,`,
    instead: 'target, true, usages,',
    tests: [`${VAULT} › has no key that the page could read or give away`],
  },
  {
    group: 'N51',
    without: 'a question that was answered stays open',
    file: 'client/wallet/presenting.ts',
    text: 'this.#open.delete(open.view.id)',
    instead: '',
    tests: [`${PRESENTING} › is not given by a locked wallet, nor twice`],
  },
  {
    group: 'N51',
    without: 'a wallet that is locked remembers what it was asked',
    file: 'client/wallet/presenting.ts',
    text: 'this.#open.clear()',
    instead: '',
    tests: [`${PRESENTING} › is not given by a locked wallet, nor twice`],
  },
]

// test/e2e/wallet-trouble.test.ts is left out: it looks at a wallet that was built before.
const CODE: readonly Defence[] = [
  {
    group: 'N52',
    without: 'code is made of a text',
    file: 'client/holder.ts',
    text: 'const { jwk, privateKey, ...claims } = prepared',
    instead: "const { jwk, privateKey, ...claims } = globalThis.eval('(one) => one')(prepared)",
    tests: [`${BROWSER} › prove and verify under a strict content security policy`],
  },
  {
    group: 'N52',
    without: 'another origin is told of every answer',
    file: 'client/holder.ts',
    text: 'const { jwk, privateKey, ...claims } = prepared',
    instead: `const { jwk, privateKey, ...claims } = prepared
  void fetch('http://localhost:9/seen').catch(() => undefined)`,
    tests: [`${BROWSER} › prove and verify under a strict content security policy`],
  },
  {
    group: 'N53',
    without: 'a dependency is whatever fits its range',
    file: 'package.json',
    text: '"kysely": "0.28.18"',
    instead: '"kysely": "^0.28.18"',
    tests: [
      `${PACKAGES} › every dependency is pinned to one version, with the hash of its contents`,
    ],
  },
  {
    group: 'N53',
    without: 'a package has any contents',
    file: 'package-lock.json',
    text: `"integrity": "sha512-lf6nEHwPlaWbUDw5rycPSkEVGVC7sF7hzY7kH0OryleqK8Ym0zZ+RjI8o+RpHHlxpbKVC1d+UoQSW8GFxGQf4Q==",
`,
    instead: '',
    tests: [
      `${PACKAGES} › every dependency is pinned to one version, with the hash of its contents`,
    ],
  },
  {
    group: 'N53',
    without: 'a package that is not listed runs a script',
    file: 'package.json',
    text: '"esbuild": true,',
    instead: '',
    tests: [`${PACKAGES} › only packages that are listed run a script when they are installed`],
  },
  {
    group: 'N53',
    without: 'what is bundled says where each source lay',
    file: 'scripts/build/web/bundle.ts',
    text: 'minify: true,',
    instead: '',
    tests: [`${WEB} › is the same from sources in another place`],
  },
]

const QUESTIONS: readonly Defence[] = [
  {
    group: 'N54',
    without: 'limits of a date of birth need only be half a year apart',
    file: 'client/guard/birth-dates.ts',
    text: 'export const MIN_DISTANCE = 365',
    instead: 'export const MIN_DISTANCE = 182',
    tests: [
      `${BISECTION} › over two years, by …: never below a year`,
      `${BISECTION} › at random (…): never below a year`,
    ],
  },
  {
    group: 'N54',
    without: 'limits of one question may lie as near to each other as a site likes',
    file: 'client/guard/birth-dates.ts',
    text: 'isCrowded(subject, limits, question, memory) ||',
    instead: '',
    tests: [
      `${BISECTION} › over two years, by …: never below a year`,
      `${BISECTION} › at random (…): never below a year`,
    ],
  },
  {
    group: 'N55',
    without: 'every age is a usual one',
    file: 'client/guard/birth-dates.ts',
    text: "return USUAL_AGES.has(years) ? [] : [{ code: 'UNUSUAL_AGE', level: 'warn', path, value: years }]",
    instead: 'return []',
    tests: [`${JUDGE} › another age is called out, with the years`],
  },
  {
    group: 'N55',
    without: 'every date is a usual one',
    file: 'client/guard/birth-dates.ts',
    text: "return [{ code: 'UNUSUAL_DATE', level: 'warn', path, value: isoFromDay(at) }]",
    instead: 'return []',
    tests: [`${JUDGE} › a date is called out, with the last day on its lower side`],
  },
  {
    group: 'N55',
    without: 'how many issuers there are is not said',
    file: 'client/guard/issuers.ts',
    text: 'if (only === undefined || issuers.length > FEW_ISSUERS) return []',
    instead: 'return []',
    tests: [`${JUDGE} › one issuer and few are mentioned, many not`],
  },
  {
    group: 'N56',
    without: 'only who could have answered refuses',
    file: 'client/wallet/presenting.ts',
    text: 'const answered = online === undefined ? {}',
    instead: 'const answered = online === undefined || view.obstacle !== undefined ? {}',
    tests: [`${PRESENTING} › is the same whether the person could have answered or not`],
  },
]

const LOGS: readonly Defence[] = [
  {
    group: 'N57',
    without: 'two documents of one epoch are no contradiction',
    file: 'core/status-log.ts',
    text: "if (epoch === last) return isSame ? 'within' : fork(other, newest, { kind: 'same-epoch' })",
    instead: "if (epoch === last) return 'within'",
    tests: [
      `${PUBLIC_LOG} › is found out by the next document that it publishes, and there is evidence`,
      `${PUBLIC_LOG} › also at its own address is found out by what a witness has seen`,
    ],
  },
  {
    group: 'N57',
    without: 'what a witness has seen is not compared',
    file: 'client/wallet/witnesses.ts',
    text: 'await note(keep, { from, text: document }, clock()).catch(nothing)',
    instead: '',
    tests: [`${PUBLIC_LOG} › also at its own address is found out by what a witness has seen`],
  },
  {
    group: 'N58',
    without: 'the log as it was before is not compared',
    file: 'core/log.ts',
    text: 'return last === 0 && old === before.root && now === after.root',
    instead: 'return last === 0 && now === after.root',
    tests: ['test/core/log.test.ts › does not show that of another beginning, end, size or proof'],
  },
  {
    group: 'N58',
    without: 'the log as it is now is not compared',
    file: 'core/log.ts',
    text: 'return last === 0 && old === before.root && now === after.root',
    instead: 'return last === 0 && old === before.root',
    tests: ['test/core/log.test.ts › does not show that of another beginning, end, size or proof'],
  },
  {
    group: 'N58',
    without: 'what a log that was read contradicts is of no consequence',
    file: 'client/wallet/watch.ts',
    text: 'if (fork !== undefined) return forkChange(id, from, fork, now)',
    instead: '',
    // A history that is rewritten from its beginning is noticed in another place as well, at times.
    tests: [`${PUBLIC_LOG} › is found out also if it has published several documents since`],
  },
]

const VISITS: readonly Defence[] = [
  {
    group: 'N59',
    without: 'proofs are not scaled',
    file: 'client/groth16/prover.ts',
    text: 'scale: randomScalar(1n)',
    instead: 'scale: 1n',
    tests: [BLINDED],
  },
  {
    group: 'N59',
    without: 'proofs are not shifted',
    file: 'client/groth16/prover.ts',
    text: 'shift: randomScalar()',
    instead: 'shift: 0n',
    tests: [BLINDED],
  },
  {
    group: 'N59',
    without: 'one key signs every answer',
    file: 'client/holder.ts',
    text: 'const oneTimeKey = await (tools.oneTimeKey ?? generateSigningKey)()',
    instead: `const kept = globalThis as { signingKey?: Promise<CryptoKeyPair> }
  const oneTimeKey = await (kept.signingKey ??= (tools.oneTimeKey ?? generateSigningKey)())`,
    tests: [`${PRIVACY} › two visits share nothing but what the verifier chose and the day`],
  },
  {
    group: 'N59',
    // A check of the search itself, so it is the search that is changed.
    without: 'the search does not look into what is encoded',
    file: PRIVACY,
    text: 'return [Buffer.from(visit), ...parts, ...values]',
    instead: 'return [Buffer.from(visit)]',
    tests: [`${PRIVACY} › the search finds what is there`],
  },
  {
    group: 'N60',
    without: 'the commitment need not be that of secret and blinding',
    file: 'circuits/enrolment.circom',
    text: 'opened === commitment;',
    instead: '',
    tests: ['test/circuits/enrolment.test.ts › refuses a commitment copied from somebody else'],
  },
  {
    group: 'N60',
    without: 'the signature around a proof is not checked',
    file: 'server/issuer/proof-jwt.ts',
    text: "const signed = await verifyJws(text, key, PROOF_TYP, 'ENROLMENT_INVALID')",
    instead: "const signed = key && readJws(text, 'ENROLMENT_INVALID').payload",
    tests: ['test/server/issuer/issuance.test.ts › a proof that was changed on the way'],
  },
  {
    group: 'N60',
    without: 'the proof that the secret is known is not checked',
    file: 'server/issuer/issuer.ts',
    text: 'await verifyEnrolment(request, expected, this.#enrolmentKey, this.#verifyProof)',
    instead: '',
    tests: ['test/server/issuer/issuer.test.ts › refuses a request without a proof that holds'],
  },
  {
    group: 'N61',
    without: 'an answer carries the nonces of those before it',
    file: 'client/holder.ts',
    text: 'return signPresentation({ ...claims, nonce, issuedAt }, jwk, privateKey)',
    instead: `const all = ((globalThis as { nonces?: string[] }).nonces ??= [])
  all.push(nonce)
  return signPresentation({ ...claims, nonce: all.join(' '), issuedAt }, jwk, privateKey)`,
    tests: [`${PRIVACY} › two visits are of one size`],
  },
  {
    group: 'N61',
    without: 'the own card’s issuer is asked once more when others have been asked',
    file: 'client/wallet/presenting.ts',
    text: 'return isKept ? { ...tools, revocations } : tools',
    instead: 'return isKept && revocations === undefined ? { ...tools, revocations } : tools',
    tests: [
      `${ERRANDS} › one that … is not asked a second time, as only by a wallet with its card`,
    ],
  },
  {
    group: 'N61',
    without: 'ahead of time an issuer is asked for what only a list has named',
    file: 'client/wallet/offline.ts',
    text: 'if (leaf === undefined || isAskedTogether(list, schema.id, http)) continue',
    instead: `if (leaf === undefined) continue
    isAskedTogether(list, schema.id, http)`,
    tests: [
      `${ERRANDS} › an issuer is asked for nothing that only a list has named: it would know whose visitor asks`,
    ],
  },
  {
    group: 'N61',
    without: 'the host of a list is asked again without an answer under it',
    file: 'client/wallet/offline.ts',
    text: "answeredAt !== undefined && new URL(id).search === '')",
    instead: "answeredAt !== 0 && new URL(id).search === '')",
    tests: [
      `${COUNTER} › that was not answered is no reason to ask its host again: any page can lead to one`,
    ],
  },
  {
    group: 'N61',
    without: 'issuers are asked for revocations while the question is read',
    file: 'client/wallet/presenting.ts',
    text: 'tryToChoose(this.#keep, holder, request, trust, now, this.#knownShards())',
    instead: `tryToChoose(
      ...([this.#keep, holder, request, trust, now] as const),
      provingTools(this.#keep, this.#environment).revocations,
    )`,
    tests: [`${PRESENTING} › asks no issuer about a credential before there is a consent`],
  },
  {
    group: 'N62',
    without: 'the audience is no part of the scope that pseudonyms are made of',
    file: 'core/pseudonym.ts',
    text: "hashToField('zerocard/scope/1', 'site', audience, scope)",
    instead: "hashToField('zerocard/scope/1', 'site', scope)",
    tests: ['test/core/pseudonym.test.ts › of one verifier is not that of another'],
  },
  {
    group: 'N62',
    without: 'nothing says where the audience ends and the scope begins',
    file: 'core/pseudonym.ts',
    text: "hashToField('zerocard/scope/1', 'site', audience, scope)",
    instead: "hashToField('zerocard/scope/1', 'site', audience + scope)",
    tests: ['test/core/pseudonym.test.ts › does not let words move between audience and scope'],
  },
]

const SERVICES: readonly Defence[] = [
  {
    group: 'N63',
    without: 'tokens of operators are compared letter by letter',
    file: 'server/http/access.ts',
    text: "timingSafeEqual(Buffer.from(sha256, 'hex'), hash)",
    instead: "sha256 === hash.toString('hex')",
    tests: [SECRETS],
  },
  {
    group: 'N63',
    without: 'tokens and codes of sessions are compared letter by letter',
    file: 'server/verifier/secrets.ts',
    text: "return timingSafeEqual(Buffer.from(hashSecret(given), 'hex'), Buffer.from(hash, 'hex'))",
    instead: 'return hashSecret(given) === hash',
    tests: [SECRETS],
  },
  {
    group: 'N63',
    without: 'signatures of webhooks are compared byte by byte',
    file: 'server/verifier/webhook-signature.ts',
    text: 'return given.length === expected.length && timingSafeEqual(given, expected)',
    instead: 'return given.equals(expected)',
    tests: [SECRETS],
  },
  {
    group: 'N63',
    without: 'nonces are compared byte by byte',
    file: 'server/issuer/nonces.ts',
    text: 'if (!timingSafeEqual(this.#mac(body), bytes.subarray(-MAC_BYTES))) return undefined',
    instead: 'if (!this.#mac(body).equals(bytes.subarray(-MAC_BYTES))) return undefined',
    tests: [SECRETS],
  },
  {
    group: 'N63',
    without: 'transaction codes are compared letter by letter',
    file: 'server/issuer/offers.ts',
    text: 'return left.length === right.length && timingSafeEqual(left, right)',
    instead: 'return left.equals(right)',
    tests: [SECRETS],
  },
  {
    group: 'N64',
    without: 'the log says which address was asked for',
    file: 'server/http/service.ts',
    text: 'const line: RequestLine = { method, status, ms, ...facts }',
    instead: 'const line = { method, status, ms, url: request.originalUrl, ...facts }',
    tests: [
      `test/server/verifier/service.test.ts › ${RUN}`,
      `test/server/issuer/service.test.ts › ${NEITHER}`,
    ],
  },
  {
    group: 'N64',
    without: 'tokens and codes of sessions are kept as they are',
    file: 'server/verifier/secrets.ts',
    text: `  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Compares in constant time. */
export function isSecret(given: string, hash: string | undefined): boolean {
  if (hash === undefined) return false
  return timingSafeEqual(Buffer.from(hashSecret(given), 'hex'), Buffer.from(hash, 'hex'))
`,
    instead: `  return secret
}

export function isSecret(given: string, hash: string | undefined): boolean {
  return given === hash
`,
    tests: [`test/server/verifier/service.test.ts › ${RUN}`],
  },
  {
    group: 'N64',
    without: 'values that were shown are kept in clear',
    file: 'server/verifier/result.ts',
    text: `  return encryptJwe(result, readKey(resultKey).publicJwk)
}

/** Opens what {@link sealResult} made. Rejects if the token is another. */
export async function openResult(
  resultKey: string,
  sealed: string,
  sessionId: string,
  token: string,
): Promise<unknown> {
`,
    instead: `  return readKey(resultKey) && JSON.stringify(result)
}

export async function openResult(
  resultKey: string,
  sealed: string,
  sessionId: string,
  token: string,
): Promise<unknown> {
  if (sealed.startsWith('{')) return JSON.parse(sealed)
`,
    tests: [`test/server/verifier/service.test.ts › ${RUN}`],
  },
  {
    group: 'N64',
    without: 'ids, codes and tokens of offers are kept as they are',
    file: 'server/issuer/offers.ts',
    text: "return createHash('sha256').update(secret, 'utf8').digest('base64url')",
    instead: 'return secret',
    tests: [`test/server/issuer/service.test.ts › ${NEITHER}`],
  },
]

const PROGRAMS: readonly Defence[] = [
  {
    group: 'N65',
    without: 'no term of the formula has to hold',
    file: 'circuits/formula.circom',
    text: 'products[TERMS - 1] === 0;',
    instead: '',
    tests: [
      'test/circuits/policy.test.ts › cannot name a literal of an AND as one of an OR',
      'test/circuits/formula.test.ts › agrees with its truth table, for all formulas and all literals',
    ],
  },
  {
    group: 'N65',
    without: 'the digits that are read need not make up the word',
    file: 'circuits/tags.circom',
    text: 'bits <== Num2Bits(N)(in);',
    instead: `for (var i = 0; i < N; i++) {
        bits[i] <-- (in >> i) & 1;
        bits[i] * (bits[i] - 1) === 0;
    }`,
    tests: ['test/circuits/program.test.ts › no digit can be flipped'],
  },
]

export const HOLDERS: readonly Defence[] = [
  ...CEREMONY,
  ...FILES,
  ...KEYS,
  ...STORAGE,
  ...CODE,
  ...QUESTIONS,
  ...LOGS,
  ...VISITS,
  ...SERVICES,
  ...PROGRAMS,
]
