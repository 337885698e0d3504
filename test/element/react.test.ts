import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ZeroCard } from '../../client/element/react.ts'

test('a server renders the element with its attributes and what the site says', () => {
  const html = renderToStaticMarkup(
    createElement(
      ZeroCard,
      { policy: 'over-18@1', whenUnavailable: 'defer', required: true, className: 'wide' },
      'Wine',
    ),
  )
  expect(html).toContain('<zero-card')
  for (const part of [
    'policy="over-18@1"',
    'on-unavailable="defer"',
    'required=""',
    'class="wide"',
  ]) {
    expect(html).toContain(part)
  }
  expect(html).toContain('>Wine</zero-card>')
})
