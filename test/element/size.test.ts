import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ELEMENT, bundleElement } from './site.ts'

// What a page has to load, and what it never loads.

/** Bytes of the module, compressed. */
const LIMIT = 40_000

/** Names of the files that a bundle is made of. */
async function inputsOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    logLevel: 'silent',
  })
  return Object.keys(metafile.inputs)
}

test('the element is smaller than 40 kB', async () => {
  expect(gzipSync(await bundleElement(), { level: 9 }).length).toBeLessThan(LIMIT)
})

test('the element brings no prover, no server, no schema library and no cryptography', async () => {
  const inputs = await inputsOf(ELEMENT)
  const packages = inputs.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  )
  expect([...new Set(packages)].sort()).toEqual([
    '@lit/reactive-element',
    'lit',
    'lit-element',
    'lit-html',
    'qr',
  ])
  const own = inputs.filter((path) => !path.includes('node_modules/'))
  expect(
    own.filter((path) => !path.startsWith('client/element/') && path !== 'client/qr.ts'),
  ).toEqual([])
})

test('the element names no address that it would load something from', async () => {
  const text = new TextDecoder().decode(await bundleElement())
  const addresses = text.match(/https?:\/\/[a-z0-9.-]+/gi) ?? []
  expect([...new Set(addresses)].sort()).toEqual(['http://www.w3.org'])
})
