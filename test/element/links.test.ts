import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readOfferLink } from '../../client/credential-offer.ts'
import { linkParameters } from '../../client/link.ts'
import { elementTag } from '../../server/express/index.ts'
import { linkOf } from '../../server/issuer/offer-link.ts'
import { refusal } from '../support/refusal.ts'

const issuer = { baseUrl: 'https://registry.example' }
const uri = 'https://registry.example/offers/x'

test('an offer stands behind the # of a wallet that asks for it there, and is found there', () => {
  const hidden = linkOf({ ...issuer, walletLink: 'https://wallet.example/#' }, 'x')
  expect(new URL(hidden).search).toBe('')
  const open = linkOf({ ...issuer, walletLink: 'https://wallet.example/' }, 'x')
  expect(new URL(open).hash).toBe('')
  for (const link of [hidden, open, linkOf(issuer, 'x')])
    expect(readOfferLink(link)).toEqual({ uri })
})

test('a link is refused with parameters in two places, or one of them twice', () => {
  const read = (text: string): unknown => linkParameters(text, 'openid4vp:', 'REQUEST_INVALID')
  for (const text of ['?a=1#b=2', '#a=1&a=2', '?a=1&a=2', '?a=1#a=1']) {
    expect([text, refusal(() => read(`https://wallet.example/${text}`))]).toEqual([
      text,
      'REQUEST_INVALID',
    ])
  }
  expect(read('https://wallet.example/#a=1&b=2')).toEqual(
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  )
})

test('the tag names exactly the bytes that are served', () => {
  const file = new TextEncoder().encode('export {}')
  const hash = createHash('sha384').update(file).digest('base64')
  const { html, src, integrity } = elementTag(file, 'https://shop.example')
  expect(integrity).toBe(`sha384-${hash}`)
  expect(html).toBe(
    `<script type="module" src="${src}" integrity="${integrity}" crossorigin="anonymous"></script>`,
  )
  expect(elementTag(new TextEncoder().encode('export { }')).integrity).not.toBe(integrity)
})
