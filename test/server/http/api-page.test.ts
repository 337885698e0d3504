import { expect, test } from 'vitest'
import * as z from '../../../core/zod.ts'
import { apiPage } from '../../../server/http/api-page.ts'
import { openApiOf } from '../../../server/http/openapi.ts'
import { route } from '../../../server/http/route.ts'

const page = apiPage(
  openApiOf({ title: 'Shop <&>', version: '1', description: 'Sells "wine"' }, [
    route({
      method: 'post',
      path: '/v1/things/:id',
      access: ['site'],
      summary: '<script>alert(1)</script>',
      shapes: {
        params: z.strictObject({ id: z.string() }),
        query: z.strictObject({ size: z.optional(z.enum(['small', 'large'])) }),
        body: z.strictObject({ amount: z.int() }),
      },
      bodyType: 'json',
      answers: { 201: { description: 'Made', schema: z.strictObject({ ok: z.boolean() }) } },
      handle: () => ({}),
    }),
  ]),
)

test('the page of a service shows every operation with who may call it and what it takes', () => {
  for (const text of [
    'id="post-v1-things-id-"',
    'href="#post-v1-things-id-"',
    'For tokens with the role site.',
    '<code>size</code>',
    'query, optional',
    'small | large',
    '&quot;amount&quot;',
    '<code>201</code> Made',
    'A Problem.',
  ]) {
    expect(page).toContain(text)
  }
})

test('the page says what it was given as text, and has no scripts', () => {
  expect(page).not.toContain('<script')
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(page).toContain('Shop &lt;&amp;&gt;')
})

test('the page has one heading of the first level, a language and names for its parts', () => {
  expect(page.match(/<h1>/g)).toHaveLength(1)
  expect(page).toMatch(/<html lang="en">/)
  expect(page).toContain('<main id="operations">')
  expect(page).toContain('<nav aria-label="Operations">')
})
