import { describe, expect, test } from 'vitest'
import { SCREENS, hashOf, readArrival, screenOf } from '../../../client/app/routes.ts'

const WALLET = 'https://wallet.example'
const REQUEST =
  'client_id=decentralized_identifier%3Adid%3Aweb%3Ashop.example&request_uri=https%3A%2F%2Fshop.example%2Fr&request_uri_method=post'

describe('addresses of the wallet', () => {
  test('name a screen each, and the cards for whatever else they say', () => {
    for (const screen of SCREENS) expect(screenOf(hashOf(screen))).toBe(screen)
    for (const hash of ['', '#', '#/', '#/nowhere', '#/__proto__', `#?${REQUEST}`]) {
      expect(screenOf(hash)).toBe('cards')
    }
  })

  test.each(['/?', '/#', '/#?', '/#/?', '/index.html?'])('bring a request behind %s', (start) => {
    const arrival = readArrival(`${WALLET}${start}${REQUEST}`)
    expect(arrival?.link).toBe(`${WALLET}/?${REQUEST}`)
    expect(arrival?.cleaned).not.toContain('client_id')
  })

  test('bring an offer, by value or by reference', () => {
    const byUri = readArrival(`${WALLET}/#?credential_offer_uri=https%3A%2F%2Fa.example%2Fo`)
    expect(byUri?.link).toBe(`${WALLET}/?credential_offer_uri=https%3A%2F%2Fa.example%2Fo`)
    expect(readArrival(`${WALLET}/?credential_offer=%7B%7D`)?.link).toContain('credential_offer=')
  })

  test('pass on nothing but what belongs to a link, a repetition included', () => {
    const link = readArrival(`${WALLET}/?utm_source=x&client_id=a&client_id=b&evil=1`)?.link
    expect(link).toBe(`${WALLET}/?client_id=a&client_id=b`)
  })

  test('bring nothing without such a parameter', () => {
    for (const rest of ['/', '/#/cards', '/?utm_source=x', '/#cards', '/#evil=1', '/?']) {
      expect(readArrival(WALLET + rest)).toBeUndefined()
    }
  })
})
