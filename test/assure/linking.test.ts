import { describe, expect, test } from 'vitest'
import { collusionCheck } from '../../scripts/assure/linking/collusion-check.ts'
import { layersOf } from '../../scripts/assure/linking/layers.ts'
import { overlaps } from '../../scripts/assure/linking/search.ts'
import { play } from '../../scripts/assure/linking/game.ts'
import { isIn } from '../../scripts/assure/linking/features.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'
import { createRandom } from '../../examples/population/random.ts'

describe('the search', () => {
  const dossier = (holder: number, episode: string, text: string) => ({
    holder,
    episode,
    layers: layersOf(text),
  })
  const number = 123_456_789_012_345_678_901_234_567_890n
  const search = (...dossiers: ReturnType<typeof dossier>[]) => overlaps(dossiers, () => false)
  const bytes = Buffer.from(number.toString(16).padStart(26, '0'), 'hex')

  test.each([
    ['hex', bytes.toString('hex')],
    ['base64url', Buffer.concat([bytes, bytes]).toString('base64url')],
    ['the other byte order', Buffer.from(bytes).reverse().toString('hex')],
    ['a text in base64url', Buffer.from(`{"id":"${String(number)}"}`).toString('base64url')],
    ['a form', `a=b&id=${String(number)}`],
  ])('finds a number that is written in %s elsewhere', (_, text) => {
    const found = search(
      dossier(1, 'issuance', `{"number":"${String(number)}"}`),
      dossier(1, 'visit', text),
      dossier(2, 'visit', 'nothing'),
    )
    expect(found).toMatchObject([{ holder: 1, episodes: ['issuance', 'visit'] }])
  })

  test('leaves alone what everybody has, and what is only once', () => {
    const common = '{"policy":"m7Lq0VfJ2kPz9sXwYb3C"}'
    const found = search(
      dossier(1, 'a', `${common} n5Gd8TqRw2`),
      dossier(1, 'b', `${common} kP3xZv6Hj9`),
      dossier(2, 'a', common),
    )
    expect(found).toEqual([])
  })
})

describe('the game', () => {
  const size = isIn('content').length
  /** Rounds in which one feature tells, as often as `share` says. */
  const rounds = (share: number) => {
    const random = createRandom(5)
    return Array.from({ length: 2000 }, (_, i) => {
      const sign = random.fraction() < share ? 1 : -1
      return {
        holder: i % 200,
        known: 'visit' as const,
        advantage: Array.from({ length: size }, () => sign),
      }
    })
  }

  test('is a coin where nothing tells', () => {
    const { accuracy, margin } = play(rounds(0.5), 'content', [1])
    expect(Math.abs(accuracy - 0.5)).toBeLessThan(2 * margin)
  })

  test('is won by a little where little tells', () => {
    const { accuracy, margin } = play(rounds(0.6), 'content', [1])
    expect(accuracy - margin).toBeGreaterThan(0.51)
  })
})

test('services that pool everything find nothing that ties a holder’s visits together', async () => {
  const { faults, seeded, figures } = await runCheck(collusionCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(seeded.length).toBe(3)
  expect(missedAims(figures)).toEqual([])
}, 180_000)
