import { beforeAll, expect, test } from 'vitest'
import { forgeProof, rerandomise, shiftC } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { Shop, tokenOf } from './shop.ts'
import type { Answer } from './shop.ts'

// With a real judge of proofs, in a thread. The proofs are valid ones, made with the trapdoor of the
// development keys.

const { key } = keys['eligibility-1']
type Proving = (signals: readonly bigint[]) => string
const honest: Proving = (signals) => forgeProof(key, signals)

let shop: Shop
beforeAll(async () => {
  shop = await Shop.open({ workers: 1 }, { hasPool: true })
  return () => shop.close()
})

async function answerWith(prove: Proving, pseudonym: bigint): Promise<Answer> {
  const request = await shop.fetchRequest(await shop.create('once'))
  return shop.answer(request, await shop.present(request, { pseudonym }, prove))
}

test('a valid proof is accepted, and another one of the same is the same use (N25)', async () => {
  expect((await answerWith(honest, 1n)).status).toBe(200)
  const twin = await answerWith((signals) => rerandomise(honest(signals), 3n), 1n)
  expect([twin.status, twin.json['code']]).toEqual([409, 'PSEUDONYM_USED'])
  expect((await answerWith((signals) => rerandomise(honest(signals), 3n), 2n)).status).toBe(200)
})

test('a proof of anything else is refused (N26)', async () => {
  const shifted = await answerWith((signals) => shiftC(honest(signals), 1n), 10n)
  expect([shifted.status, shifted.json['code']]).toEqual([422, 'PROOF_INVALID'])
  for (let i = 0; i < key.publicSignals; i++) {
    const other = await answerWith(
      (signals) => honest(signals.map((signal, at) => (at === i ? signal + 1n : signal))),
      10n,
    )
    expect([other.status, other.json['code']], `signal ${i}`).toEqual([422, 'PROOF_INVALID'])
  }
  expect((await answerWith(honest, 10n)).status).toBe(200)
})

test('the threads are counted', async () => {
  const { text } = await shop.call('GET', '/metrics', { token: tokenOf('monitor') })
  expect(text).toMatch(/^zerocard_proofs_verified [1-9]/m)
  expect(text).toMatch(/^zerocard_proofs_rejected_full 0$/m)
})
