import type { Defence } from '../defence.ts'

// Of N23 to N43. Left out are `npm run assure`, test/assure/keys.test.ts (N40, N41) and what
// `npm run bench` measures: these have seeded faults of their own, or no verdict.

const HTTP = 'test/server/http/service.test.ts › '
const WALLETS = 'test/server/verifier/openid4vp.test.ts › '
const SESSIONS = 'test/server/verifier/sessions.test.ts › '
const EXPRESS = 'test/server/express.test.ts'
const STORE = 'test/server/verifier/store.test.ts › '
const PROOFS = 'test/server/verifier/proofs.test.ts › '
const PAIRING = 'test/server/pairing.test.ts › '
const POOL = 'test/server/proof-pool.test.ts › '
const KEEPER = 'test/server/trust/keeper.test.ts › '
const PRESENTATION = 'test/e2e/presentation.test.ts › '
const VKEY = 'test/core/groth16-key.test.ts › '
const PRODUCTION_KEY = 'test/core/ceremony/production-key.test.ts › '
const REHEARSAL = 'test/scripts/ceremony/rehearsal.test.ts › '

const WALLET_READS = 'test/client/malformed.test.ts › '
const OPERATORS = 'test/server/verifier/malformed.test.ts › '
const TRUST_READS = 'test/server/trust/malformed.test.ts › '
const RESULT_KEYS = 'test/server/verifier/result-keys.test.ts › '
const WEBHOOKS = 'test/server/verifier/webhooks-malformed.test.ts › '

const MALFORMED = `${WALLETS}a malformed body (N23) › … is refused unread` as const
const REFUSED = `${WALLETS}is refused …` as const
const KILLED = 'at any step of what they do have done all of it or nothing, and once'
const BY_ITS_FORM = `${PRODUCTION_KEY}by its form, a key is refused (N40, N42)` as const

/** The verdict is not asked for, whoever gives it. */
const ANY_PROOF = {
  without: 'what the judge of proofs says is not heeded',
  file: 'core/verify.ts',
  text: 'if (!(await verifyProof(key, signals, claims.proof))) {',
  instead: 'if ((await verifyProof(key, signals, claims.proof)) === undefined) {',
} as const

const NOTHING_IS_USED_UP = {
  without: 'accepting uses up neither the question nor the name',
  file: 'server/verifier/store.ts',
  text: `      if (!(await consumeNonce(transaction, settlement))) return 'nonce-used'
      const isReturning = name !== undefined && (await recordUse(transaction, settlement, name))`,
  instead: '      const isReturning = false',
} as const

const EVERY_NAME_IS_WELCOME = {
  without: 'a name that was seen before is welcome, also where it counts once',
  file: 'server/verifier/settlement.ts',
  text: "  if (!name.isRepeatable) throw new Rollback<SettlementOutcome>('pseudonym-used')\n",
  instead: '',
} as const

const ANY_CIRCUIT = {
  without: 'a key is accepted whatever circuit it is of',
  file: 'core/verify.ts',
  text: 'if (accepted?.circuit !== name) {',
  instead: 'if (accepted === undefined) {',
} as const

const ANY_DAY = {
  without: 'the day that the proof speaks of is not compared with the clock',
  file: 'core/verify.ts',
  text: 'if (claims.asOf !== today && claims.asOf !== today - 1) {',
  instead: 'if (claims.asOf < 0) {',
} as const

/** The client is told while the last step is still to come. */
const TOLD_TOO_EARLY = {
  without: 'an answer is given before the transaction is committed',
  file: 'server/storage/database.ts',
  text: 'return await query.transaction().execute(work)',
  instead: `return await new Promise<T>((resolve, reject) => {
          const early = async (transaction: Transaction<Tables>): Promise<T> => {
            const value = await work(transaction)
            resolve(value)
            return value
          }
          query.transaction().execute(early).catch(reject)
        })`,
} as const

const NO_TRANSACTION = {
  without: 'accepting is no transaction',
  file: 'server/verifier/store.ts',
  text: 'return this.#database.transact(async (transaction): Promise<SettlementOutcome> => {',
  instead: `const apart = (work: (query: never) => Promise<SettlementOutcome>) =>
      work(this.#database.query as never)
    return apart(async (transaction): Promise<SettlementOutcome> => {`,
} as const

const ANY_KEY_IN_PRODUCTION = {
  without: 'a verifier in production does not look at its keys',
  file: 'server/verifier/verifier.ts',
  text: 'for (const key of keys.values()) assertProductionKey(key)',
  instead: '',
} as const

export const SERVICES: readonly Defence[] = [
  {
    group: 'N23',
    without: 'a body of any size is read',
    file: 'server/http/service.ts',
    text: 'express.raw({ limit, inflate: false',
    instead: 'express.raw({ limit: Infinity, inflate: false',
    tests: [MALFORMED, `${HTTP}with … is refused before the handler`],
  },
  {
    group: 'N23',
    without: 'a form may have a field twice',
    file: 'server/http/body.ts',
    text: "  if (names.size !== entries.length) throw invalid('the form has a field twice')\n",
    instead: '',
    tests: [MALFORMED],
  },
  {
    group: 'N23',
    without: 'a body of any type is read as the expected one',
    file: 'server/http/service.ts',
    text: 'if (type !== expected)',
    instead: 'if (type === undefined)',
    tests: [MALFORMED],
  },
  {
    group: 'N23',
    without: 'compressed bodies are unpacked',
    file: 'server/http/service.ts',
    text: 'inflate: false',
    instead: 'inflate: true',
    tests: [MALFORMED, `${HTTP}that is compressed is refused, however small it is`],
  },
  {
    group: 'N23',
    without: 'a body may be nested as deeply as it fits',
    file: 'server/http/body.ts',
    text: "  if (found === 'too-deep') throw invalid('the body is nested too deeply')\n",
    instead: "  if (found === 'too-deep') return JSON.parse(text) as unknown\n",
    tests: [`${HTTP}with … is refused before the handler`],
  },
  {
    group: 'N23',
    without: 'a body may have a member twice',
    file: 'server/http/body.ts',
    text: "    if (found !== undefined) throw invalid('the body has a member twice')\n",
    instead: '',
    tests: [`${HTTP}with … is refused before the handler`],
  },
  {
    group: 'N23',
    without: 'a request may take as long as it likes',
    file: 'server/http/listen.ts',
    text: `      headersTimeout: patience,
      requestTimeout: 2 * patience,`,
    instead: `      headersTimeout: 0,
      requestTimeout: 0,`,
    tests: [`${HTTP}that does not arrive in time is given up`],
  },
  {
    group: 'N23',
    without: 'values of a command are searched for options of the program',
    file: 'scripts/zerocard/main.ts',
    text: '    .enablePositionalOptions()\n',
    instead: '',
    tests: [
      'test/scripts/cli-errors.test.ts › a value that looks like an option of the program is a value',
    ],
  },
  {
    group: 'N23',
    without: 'wallets take the last of two members with one name',
    file: 'core/json.ts',
    text: 'if (found === undefined) return json',
    instead: "if (found !== 'too-deep') return json",
    tests: [
      `${WALLET_READS}… gives the same credential or a code`,
      `${WALLET_READS}in its DID document gives the same key or a code`,
    ],
  },
  {
    group: 'N23',
    without: 'services may say how it is with the wallet itself',
    file: 'client/http.ts',
    text: 'if (isErrorCode(code) && !OWN_CODES.includes(code))',
    instead: 'if (isErrorCode(code))',
    tests: [
      'test/client/http.test.ts › says nothing of the wallet itself, of which no service knows',
    ],
  },
  {
    group: 'N23',
    without: 'a wallet keeps what it could not read again',
    file: 'client/wallet/keep.ts',
    text: '      for (const { name, value } of all) if (value !== undefined) checked(name, asRead(value))\n',
    instead: '',
    tests: [
      'test/client/wallet/keep.test.ts › is never what could not be read again, whoever it came from',
    ],
  },
  {
    group: 'N23',
    without: 'the reason of a ban may be what a database does not take',
    file: 'server/verifier/staff-routes.ts',
    text: "(text) => text.isWellFormed() && !text.includes('\\0'),",
    instead: "(text) => text !== '\\0\\0',",
    tests: [`${OPERATORS}of a moderator is refused with a code`],
  },
  {
    group: 'N23',
    without: 'a list may be asked for by a name that a database does not take',
    file: 'server/trust/routes.ts',
    text: ", z.regex(/^[^\\0]*$/, 'expected the name of a list')",
    instead: '',
    tests: [`${TRUST_READS}refuses names of lists that no database keeps`],
  },
  {
    group: 'N23',
    without: 'keys of results are read however long they are',
    file: 'server/verifier/result-keys.ts',
    text: 'if (length <= MAX_BYTES) continue',
    instead: 'if (length >= 0) continue',
    tests: [`${RESULT_KEYS}are not waited for in an answer without an end, nor kept in memory`],
  },
  {
    group: 'N23',
    without: 'a webhook may be signed in any spelling of base64',
    file: 'server/verifier/webhook-signature.ts',
    text: '.filter((text) => isSame(expected, Buffer.from(text)))',
    instead:
      ".filter((text) => isSame(expected, Buffer.from(`v1,${Buffer.from(text.slice(3), 'base64').toString('base64')}`)))",
    tests: [`${WEBHOOKS}with another header … is refused`],
  },

  {
    group: 'N24',
    without: 'the engine of servers finds every proof valid that it can read',
    file: 'server/pairing/batch.ts',
    text: 'return this.#engine.isOne(this.#engine.residue([loops]))',
    instead: 'return loops !== undefined',
    tests: [`${PAIRING}has the same verdict as the portable engine on every mutated proof`],
  },
  {
    group: 'N24',
    without: 'the portable engine finds every proof valid that it can read',
    file: 'core/groth16.ts',
    text: '  return pairsToOne(',
    instead: '  return true || pairsToOne(',
    tests: [`${PAIRING}has the same verdict as the portable engine on every mutated proof`],
  },

  {
    group: 'N25',
    without: 'a question stays open when it was answered',
    file: 'server/verifier/settlement.ts',
    text: `      status: 'verified',
      answered_at: now,
      ends_at: now,
      error: null,
      as_of: asOf,
      pseudonym: name === undefined ? null : String(name.pseudonym),
      is_returning: name === undefined ? null : 0,
      result: result ?? null,
      response_code_hash: responseCodeHash ?? null,
      encryption_key: null,`,
    instead: `      as_of: asOf,
      result: result ?? null,
      response_code_hash: responseCodeHash ?? null,`,
    tests: [`${WALLETS}is accepted once, and the same body again is not (N25)`],
  },
  {
    group: 'N25',
    without: 'names are not written down',
    file: 'server/verifier/store.ts',
    text: 'const isReturning = name !== undefined && (await recordUse(transaction, settlement, name))',
    instead: 'const isReturning = false',
    tests: [
      `${PROOFS}a valid proof is accepted, and another one of the same is the same use (N25)`,
    ],
  },

  {
    group: 'N26',
    without: 'the nonce is not compared',
    file: 'core/verify.ts',
    text: 'if (claims.nonce !== expected.nonce) {',
    instead: "if (claims.nonce === '') {",
    tests: [REFUSED],
  },
  {
    group: 'N26',
    without: 'the audience is not compared',
    file: 'core/verify.ts',
    text: 'if (claims.audience !== expected.audience) {',
    instead: "if (claims.audience === '') {",
    tests: [REFUSED],
  },
  {
    group: 'N26',
    without: 'the hash of the policy is not compared',
    file: 'core/verify.ts',
    text: 'if (claims.policy !== toBase64url(policyHash(expected.policy))) {',
    instead: "if (claims.policy === '') {",
    tests: [REFUSED],
  },
  { group: 'N26', ...ANY_PROOF, tests: [`${PROOFS}a proof of anything else is refused (N26)`] },
  {
    group: 'N26',
    without: 'a proof that comes alone is not checked in the thread',
    file: 'server/pairing/batch.ts',
    text: 'if (batch.length < SMALLEST) return batch.filter((candidate) => this.holds(candidate))',
    instead: 'if (batch.length < SMALLEST) return batch',
    tests: [`${PROOFS}a proof of anything else is refused (N26)`],
  },
  {
    group: 'N26',
    without: 'the pairing equation is not checked',
    file: 'core/groth16.ts',
    text: '  return pairsToOne(',
    instead: '  return true || pairsToOne(',
    tests: [`${PRESENTATION}are all bound: each changed by one makes the proof false`],
  },

  {
    group: 'N27',
    without: 'until when a question may be answered is not kept',
    file: 'server/verifier/session.ts',
    text: 'expiresAt: row.expires_at,',
    instead: 'expiresAt: Number.MAX_SAFE_INTEGER,',
    tests: [`${WALLETS}is refused when it comes too late, or to nothing (N27)`],
  },
  {
    group: 'N27',
    without: 'refusals are counted and end nothing',
    file: 'server/verifier/store.ts',
    text: 'if (counted === undefined || counted.attempts < MAX_ATTEMPTS) return false',
    instead: 'if (counted === undefined || counted.attempts >= 0) return false',
    tests: [
      `${WALLETS}is refused if the proof is bad, and the third refusal ends the session (N27)`,
    ],
  },
  {
    group: 'N27',
    ...ANY_PROOF,
    tests: [
      `${WALLETS}is refused if the proof is bad, and the third refusal ends the session (N27)`,
    ],
  },

  {
    group: 'N28',
    without: 'the request may be at another host than the link names',
    file: 'client/request-link.ts',
    text: 'if (clientIdOf(requestUri.origin) !== clientId) {',
    instead: "if (clientId === '') {",
    tests: ['test/client/openid4vp.test.ts › is refused if it leads to another host than it names'],
  },
  {
    group: 'N28',
    without: 'the signature of a request is not verified',
    file: 'client/request-object.ts',
    text: "const payload = await verifyJws(text, jwk, REQUEST_TYP, 'REQUEST_INVALID')",
    instead: "const { payload } = readJws(text, 'REQUEST_INVALID')",
    tests: ['test/client/openid4vp.test.ts › that is not signed by the verifier'],
  },
  {
    group: 'N28',
    without: 'the origin of a page is not compared with the list',
    file: 'server/verifier/page-routes.ts',
    text: 'const page = pages.find((one) => one.origin === origin)',
    instead: 'const page = pages[0]',
    tests: [
      'test/server/verifier/page-sessions.test.ts › of any other origin, or of none, begins nothing',
    ],
  },

  {
    group: 'N29',
    without: 'any response code opens the result',
    file: 'server/verifier/session-desk.ts',
    text: 'if (!isSecret(responseCode, session.responseCodeHash)) {',
    instead: 'if (session.responseCodeHash === undefined) {',
    tests: [`${SESSIONS}is for the browser that brings the code from the wallet (N29)`],
  },
  {
    group: 'N29',
    without: 'a gate opens for what was answered to another origin, or to a clerk',
    file: 'server/express/visit.ts',
    text: 'if (session.policy !== policy || !isOfGate) return undefined',
    instead: 'if (session.policy !== policy) return undefined',
    tests: [
      `${EXPRESS} › is not opened by what somebody answered to a page of another origin`,
      `${EXPRESS} › is not opened by what somebody answered at a counter`,
    ],
  },
  {
    group: 'N29',
    without: 'a wallet that answers to a gate leads back to any page of the site',
    file: 'server/express/gate-routes.ts',
    text: 'const returnTo = returnAddress(origin, body)',
    instead: 'const returnTo = origin + body.path',
    tests: [
      `${EXPRESS} › the code goes to no page of the site, which could redirect it to somebody else`,
    ],
  },
  {
    group: 'N29',
    without: 'a same-device session needs no response code',
    file: 'server/verifier/session-desk.ts',
    text: "    if (session.flow === 'same-device') {",
    instead: "    if (session.flow === 'same-device' && responseCode !== undefined) {",
    tests: [
      `${SESSIONS}is for the browser that brings the code from the wallet (N29)`,
      `${SESSIONS}looks unanswered to whoever began it and passed the link on (N29)`,
    ],
  },

  {
    group: 'N30',
    ...EVERY_NAME_IS_WELCOME,
    tests: ['test/faults/races.test.ts › of … presentations of one name, one counts'],
  },
  {
    group: 'N30',
    ...NOTHING_IS_USED_UP,
    tests: [`${WALLETS}of many at once is accepted once (N30)`],
  },
  {
    group: 'N30',
    ...EVERY_NAME_IS_WELCOME,
    tests: [`${STORE}accepts one of 200 answers with one name that meet, from two processes`],
  },

  {
    group: 'N31',
    ...TOLD_TOO_EARLY,
    tests: [`test/faults/kills-in-postgres.test.ts › ${KILLED}`],
  },
  {
    group: 'N31',
    ...TOLD_TOO_EARLY,
    tests: [`test/faults/kills-in-sqlite.test.ts › ${KILLED}`],
  },
  {
    group: 'N31',
    ...NO_TRANSACTION,
    tests: [`test/faults/kills-in-postgres.test.ts › ${KILLED}`],
  },
  {
    group: 'N31',
    ...NO_TRANSACTION,
    tests: [`test/faults/kills-in-sqlite.test.ts › ${KILLED}`],
  },
  {
    group: 'N31',
    ...TOLD_TOO_EARLY,
    tests: [
      'test/faults/lost-connections.test.ts › at any step of what they do fail, go on and have lost nothing',
    ],
  },

  {
    group: 'N32',
    without: 'as many proofs may wait as come',
    file: 'server/verifier/proof-pool.ts',
    text: 'if (this.#waiting.length >= this.#limits.queue) {',
    instead: 'if (this.#waiting.length === Infinity) {',
    tests: [`${POOL}refuses a proof when its queue is full, and only then`],
  },
  {
    group: 'N32',
    without: 'an answer that nobody had time for counts as a refused one',
    file: 'server/verifier/verifier.ts',
    text: "new Set(['OVERLOADED', 'NONCE_USED', 'DATABASE_INVALID'])",
    instead: "new Set(['NONCE_USED', 'DATABASE_INVALID'])",
    tests: [`${WALLETS}that meets a full queue is told to come back, and counts for nothing`],
  },

  {
    group: 'N33',
    without: 'the proof is looked at before the signature',
    file: 'core/verify.ts',
    text: `  await checkSignature(text, presentation)
  const statement = await rebuildStatement(presentation, expected, trustRoots)
  await checkProof(presentation, statement, key, expected)`,
    instead: `  const statement = await rebuildStatement(presentation, expected, trustRoots)
  await checkProof(presentation, statement, key, expected)
  await checkSignature(text, presentation)`,
    tests: [REFUSED],
  },
  {
    group: 'N33',
    without: 'the proof is looked at before times and nonce',
    file: 'core/verify.ts',
    text: `  checkAddress(presentation, expected)
  checkTimes(presentation, expected)
  const trustRoots = checkTrustRoots(presentation, expected)
  checkAnswers(presentation, expected)
  await checkSignature(text, presentation)
  const statement = await rebuildStatement(presentation, expected, trustRoots)
  await checkProof(presentation, statement, key, expected)`,
    instead: `  const trustRoots = checkTrustRoots(presentation, expected)
  checkAnswers(presentation, expected)
  await checkSignature(text, presentation)
  const statement = await rebuildStatement(presentation, expected, trustRoots)
  await checkProof(presentation, statement, key, expected)
  checkAddress(presentation, expected)
  checkTimes(presentation, expected)`,
    tests: [REFUSED],
  },
  {
    group: 'N33',
    without: 'answers to one question are judged at the same time',
    file: 'server/verifier/turns.ts',
    text: 'const mine = line.last.then(work, work)',
    instead: 'const mine = work()',
    tests: [`${WALLETS}costs at most three looks at proofs, also if a hundred come at once`],
  },

  {
    group: 'N34',
    without: 'a thread that is lost is not replaced, and who waits is given up with it',
    file: 'server/verifier/proof-pool.ts',
    text: 'if (this.#closing === undefined || this.#waiting.length > 0) this.#startMissing()',
    instead: 'this.#giveUp(cause)',
    tests: [`${POOL}that is lost takes no proofs of another with it`],
  },
  {
    group: 'N34',
    without: 'who waits for a thread that cannot start is not told',
    file: 'server/verifier/proof-pool.ts',
    text: 'thread.ready.then(begin, (cause: unknown) => this.#giveUp(cause))',
    instead: 'thread.ready.then(begin, () => undefined)',
    tests: [`${POOL}that cannot start leaves nobody waiting`],
  },
  {
    group: 'N34',
    without: 'a thread that is lost is left to itself',
    file: 'server/verifier/proof-thread.ts',
    text: '      void this.#worker.terminate()\n',
    instead: '',
    tests: [`${POOL}lets the process end after a thread that never returned`],
  },

  {
    group: 'N35',
    without: 'there may be any number of open sessions',
    file: 'server/verifier/open-sessions.ts',
    text: 'if ((await this.#estimate()) >= this.#limit) {',
    instead: 'if ((await this.#estimate()) === Infinity) {',
    tests: [`${SESSIONS}there are only so many open sessions`],
  },
  {
    group: 'N35',
    without: 'sessions whose time is over count as open',
    file: 'server/verifier/open-sessions.ts',
    text: "      .where('ends_at', '>', now)\n",
    instead: '',
    tests: [`${SESSIONS}there are only so many open sessions`],
  },
  {
    group: 'N35',
    without: 'sessions are ended before their time',
    file: 'server/verifier/retention.ts',
    text: "          .where('ends_at', '<=', now)\n",
    instead: '',
    tests: [`${STORE}ends what nobody answered, once, with a message`],
  },
  {
    group: 'N35',
    without: 'nobody is told that a session has ended',
    file: 'server/verifier/retention.ts',
    text: '    await addDeliveries(transaction, rows.flatMap(announce))\n',
    instead: '',
    tests: [`${STORE}ends what nobody answered, once, with a message`],
  },

  {
    group: 'N36',
    without: 'a presentation may have been signed long ago',
    file: 'core/verify.ts',
    text: 'if (isEarly || issuedAt > now + MAX_PRESENTATION_AGE) {',
    instead: 'if (issuedAt > now + MAX_PRESENTATION_AGE) {',
    tests: [REFUSED],
  },
  {
    group: 'N36',
    without: 'a presentation may have been signed in the future',
    file: 'core/verify.ts',
    text: 'if (isEarly || issuedAt > now + MAX_PRESENTATION_AGE) {',
    instead: 'if (isEarly) {',
    tests: [REFUSED],
  },
  { group: 'N36', ...ANY_DAY, tests: [REFUSED] },
  {
    group: 'N36',
    without: 'clocks may not differ',
    file: 'core/verify.ts',
    text: 'export const MAX_PRESENTATION_AGE = 300',
    instead: 'export const MAX_PRESENTATION_AGE = 0',
    tests: [`${WALLETS}is accepted …`],
  },
  {
    group: 'N36',
    without: 'it must be the same day for both',
    file: 'core/verify.ts',
    text: 'if (claims.asOf !== today && claims.asOf !== today - 1) {',
    instead: 'if (claims.asOf !== today) {',
    tests: [
      `${WALLETS}is accepted …`,
      `${PRESENTATION}is good for its day and the next, and no other`,
    ],
  },
  {
    group: 'N36',
    ...ANY_DAY,
    tests: [`${PRESENTATION}is good for its day and the next, and no other`],
  },

  {
    group: 'N37',
    without: 'the age of a trust root is not looked at',
    file: 'core/verify.ts',
    text: 'if (known === undefined || known.madeAt < oldest) {',
    instead: 'if (known === undefined) {',
    tests: [`${WALLETS}is refused under a trust root that is too old (N37)`],
  },
  {
    group: 'N37',
    without: 'an older document takes the place of a newer one',
    file: 'server/trust/documents.ts',
    text: "if (epoch < kept.epoch) return { outcome: 'rollback', isInLog: comparison === 'within' }",
    instead: 'if (epoch < kept.epoch) return { log: log?.window }',
    tests: [`${KEEPER}never goes back to an earlier epoch, also after a restart`],
  },
  {
    group: 'N37',
    without: 'a document that is out of date is not left out',
    file: 'server/trust/publisher.ts',
    text: 'if (row === undefined || end <= now) {',
    instead: 'if (row === undefined) {',
    tests: [
      `${KEEPER}uses the last document of an issuer that is down, and leaves it out when that expires`,
    ],
  },
  {
    group: 'N37',
    without: 'a list is offered after its time',
    file: 'server/trust/keeper.ts',
    text: 'return version.expires_at > this.#options.clock() ? version : undefined',
    instead: 'return version',
    tests: [
      `${KEEPER}uses the last document of an issuer that is down, and leaves it out when that expires`,
    ],
  },
  {
    group: 'N37',
    without: 'the root is not compared with the one that follows from the documents',
    file: 'core/trust.ts',
    text: '  if (trust.root !== root)\n',
    instead: '  if (root < 0n)\n',
    tests: [
      'test/core/trust-list.test.ts › is refused with another root, or an issuer that did not sign what it says',
    ],
  },
  {
    group: 'N37',
    without: 'the signature of an issuer below a list is not verified',
    file: 'core/status.ts',
    text: "const payload = await verifyJws(text, issuer.jwk, STATUS_TYP, 'STATUS_INVALID')",
    instead: "const { payload } = (await import('./jws.ts')).readJws(text, 'STATUS_INVALID')",
    tests: [
      'test/core/trust-list.test.ts › is refused with another root, or an issuer that did not sign what it says',
    ],
  },

  {
    group: 'N38',
    without: 'a status document does not expire',
    file: 'core/status.ts',
    text: 'if (now >= expiresAt || issuedAt > now + MAX_CLOCK_SKEW) {',
    instead: 'if (issuedAt > now + MAX_CLOCK_SKEW) {',
    tests: ['test/core/trust.test.ts › refuses a document outside its time'],
  },
  {
    group: 'N38',
    without: 'a status document may be of the future',
    file: 'core/status.ts',
    text: 'if (now >= expiresAt || issuedAt > now + MAX_CLOCK_SKEW) {',
    instead: 'if (now >= expiresAt) {',
    tests: ['test/core/trust.test.ts › refuses a document outside its time'],
  },
  {
    group: 'N38',
    without: 'the leaf under the trust root is not that of the key',
    file: 'circuits/issuer.circom',
    text: '(leaf <== leaf, path <== trustPath)',
    instead: '(leaf <== trustPath.children[0][0], path <== trustPath)',
    tests: [
      'test/circuits/issuer.test.ts › refuses a key that is not listed, or listed for another schema',
    ],
  },
  {
    group: 'N38',
    without: 'keys that were given up stay in the document',
    file: 'server/issuer/keys.ts',
    text: '.filter(({ id, status }) => isActive(status) || ids.has(id))',
    instead: '.filter(({ id, status }) => isActive(status) || ids.has(id) || true)',
    tests: [
      'test/server/issuer/operators.test.ts › are given up with everything they signed, and replaced',
    ],
  },
  {
    group: 'N38',
    without: 'in the place of a key that was given up there is none',
    file: 'server/issuer/keys.ts',
    text: "    if (isActive(key.status)) await this.#replace(key.schema, now, 'revoked', id)\n",
    instead: '',
    tests: [
      'test/server/issuer/operators.test.ts › are given up with everything they signed, and replaced',
    ],
  },

  {
    group: 'N40',
    without: 'delta may be the generator',
    file: 'core/ceremony/key-form.ts',
    text: `  if (isEqual(key.delta, key.gamma)) throw forgeable('nobody has contributed to it: delta is gamma')
  if (isEqual(key.delta, G2_GENERATOR)) throw forgeable('delta is the generator')
`,
    instead: '',
    tests: [BY_ITS_FORM],
  },
  {
    group: 'N40',
    ...ANY_KEY_IN_PRODUCTION,
    tests: [
      `${REHEARSAL}finds nothing wrong with a key without a contribution, and both of us with a forgery`,
    ],
  },
  {
    group: 'N40',
    without: 'nobody tries to forge under a key without a contribution',
    file: 'scripts/ceremony/forgeries.ts',
    text: "    { weakness: 'nobody has contributed', forge: forgeWithoutContribution },\n",
    instead: '',
    tests: [
      `${REHEARSAL}finds nothing wrong with a key without a contribution, and both of us with a forgery`,
    ],
  },

  {
    group: 'N41',
    ...ANY_KEY_IN_PRODUCTION,
    tests: [
      'test/server/verifier/verifier.test.ts › does not start in production with keys under which anybody can forge',
    ],
  },
  {
    group: 'N41',
    without: 'a proving key that somebody has contributed to is no development key',
    file: 'scripts/build/zkey.ts',
    text: 'return developmentHash().equals(section.subarray(0, CIRCUIT_HASH_BYTES))',
    instead:
      'return section.length === CIRCUIT_HASH_BYTES + 4 && developmentHash().equals(section.subarray(0, CIRCUIT_HASH_BYTES))',
    tests: [
      'test/scripts/keys.test.ts › a development key is still recognised after a contribution',
    ],
  },
  {
    group: 'N41',
    without: 'the alpha of the public seed is not known',
    file: 'core/groth16-key.ts',
    text: 'return key.alpha[0] === DEVELOPMENT_ALPHA[0] && key.alpha[1] === DEVELOPMENT_ALPHA[1]',
    instead: 'return key.alpha.length === 0',
    tests: [
      'test/scripts/keys.test.ts › a development key is still recognised after a contribution',
    ],
  },

  {
    group: 'N42',
    without: 'points of G1 may be off the curve',
    file: 'core/groth16-key.ts',
    text: '  if (!isOnCurve(point)) throw invalid(`${name}: not a point of the curve`)\n',
    instead: '',
    tests: [`${VKEY}with any other coordinate in …`],
  },
  {
    group: 'N42',
    without: 'points of G2 may be off the twisted curve',
    file: 'core/groth16-key.ts',
    text: '  if (!isOnTwist(point)) throw invalid(`${name}: not a point of the twisted curve`)\n',
    instead: '',
    tests: [`${VKEY}with any other coordinate in …`],
  },
  {
    group: 'N42',
    without: 'a coordinate may be of any size',
    file: 'core/groth16-key.ts',
    text: '(text) => DECIMAL.test(text) && BigInt(text) < CURVE_FIELD_ORDER,',
    instead: '(text) => DECIMAL.test(text),',
    tests: [`${VKEY}with any other coordinate in …`],
  },
  {
    group: 'N42',
    without: 'a missing delta is taken for the gamma of the file',
    file: 'core/groth16-key.ts',
    text: "const file = readWith(fileSchema, json, 'KEY_INVALID', 'verification key')",
    instead:
      "const file = readWith(fileSchema, { vk_delta_2: (json as { vk_gamma_2?: unknown } | null)?.vk_gamma_2, ...(json as object) }, 'KEY_INVALID', 'verification key')",
    tests: [`${VKEY}without …`],
  },
  {
    group: 'N42',
    without: 'points are not looked at: the identity and others outside the group pass',
    file: 'core/ceremony/key-form.ts',
    text: '  assertPoints(key)\n',
    instead: '',
    tests: [BY_ITS_FORM],
  },
  {
    group: 'N42',
    without: 'two points of IC may be equal',
    file: 'core/ceremony/key-form.ts',
    text: 'if (new Set(key.inputs.map((point) => point.join())).size !== key.inputs.length) {',
    instead: 'if (key.inputs.length === 0) {',
    tests: [BY_ITS_FORM],
  },
  {
    group: 'N42',
    without: 'IC may have any length',
    file: 'core/ceremony/key-form.ts',
    text: "  if (key.inputs.length !== key.publicSignals + 1) throw invalid('IC has another length')\n",
    instead: '',
    tests: [BY_ITS_FORM],
  },
  {
    group: 'N42',
    without: 'IC of a file may have any length',
    file: 'core/groth16-key.ts',
    text: 'if (file.IC.length !== file.nPublic + 1) {',
    instead: 'if (file.IC.length === 0) {',
    tests: [BY_ITS_FORM],
  },

  {
    group: 'N43',
    ...ANY_CIRCUIT,
    tests: [`${PRESENTATION}is refused under the key of another circuit`],
  },
  {
    group: 'N43',
    without: 'what was built is not compared with the manifest',
    file: 'scripts/build/run.ts',
    text: '      if (manifest) assertListed(manifest, name, circuit.facts)\n',
    instead: '',
    tests: [
      'test/scripts/build.test.ts › by a circuit that was changed, until the manifest is updated on purpose',
    ],
  },
  {
    group: 'N43',
    without: 'circuits are not compiled again: what a finished ceremony has made is believed',
    file: 'scripts/ceremony/verify.ts',
    text: 'compiled[circuit] = await assertFirstKey(options, state, checked, circuit, temporary)',
    instead: `const made = join(folder, 'production', circuit, circuit)
    const { readFileSync } = await import('node:fs')
    const { parseR1cs } = await import('../build/r1cs.ts')
    compiled[circuit] = state.isFinished
      ? {
          r1csPath: made + '.r1cs',
          wasmPath: made + '.wasm',
          r1cs: await fileFacts(made + '.r1cs'),
          wasm: await fileFacts(made + '.wasm'),
          ...parseR1cs(readFileSync(made + '.r1cs')),
        }
      : await assertFirstKey(options, state, checked, circuit, temporary)`,
    tests: [`${REHEARSAL}a circuit of other sources is noticed`],
  },
  {
    group: 'N43',
    without: 'the first key is not compared with the announced one',
    file: 'scripts/ceremony/state.ts',
    text: '  await assertFirstKeys(folder, ceremony)\n',
    instead: '',
    tests: [`${REHEARSAL}… is noticed before anything is added`],
  },
  {
    group: 'N43',
    without: 'an attestation may be of another ceremony',
    file: 'scripts/ceremony/state.ts',
    text: "    if (attestation.ceremony !== ceremony.id) throw wrong('is of another ceremony')\n",
    instead: '',
    tests: [`${REHEARSAL}… is noticed before anything is added`],
  },
  {
    group: 'N43',
    without: 'an attestation may name somebody else than the key does',
    file: 'scripts/ceremony/state.ts',
    text: ` &&
      attestation.name === contribution.name`,
    instead: '',
    tests: [`${REHEARSAL}… is noticed before anything is added`],
  },
  {
    group: 'N43',
    without: 'contributions may be dated after the beacon',
    file: 'scripts/ceremony/state.ts',
    text: '  assertDates(ceremony, attestations, hasBeacon)\n',
    instead: '',
    tests: [`${REHEARSAL}… is noticed before anything is added`],
  },
]
