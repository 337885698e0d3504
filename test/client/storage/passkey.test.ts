import { afterEach, describe, expect, test, vi } from 'vitest'
import { webAuthnPrf } from '../../../client/storage/passkey.ts'
import { verdictOf } from '../../support/refusal.ts'

// What a browser is asked and may answer; a real one is asked in test/e2e/vault.test.ts.

const prf = webAuthnPrf({ site: 'Zerocard wallet', user: 'This browser' })
const OUTPUT = new Uint8Array(32).fill(5)
const KNOWN = { credentialId: Uint8Array.of(1, 2), salt: new Uint8Array(32) }

afterEach(() => vi.unstubAllGlobals())

function answer(results: unknown): () => Promise<unknown> {
  return () =>
    Promise.resolve({
      rawId: Uint8Array.of(1, 2).buffer,
      getClientExtensionResults: () => ({ prf: results }),
    })
}

function browserWith(
  create: () => Promise<unknown>,
  get: () => Promise<unknown> = () => Promise.reject(new Error('not expected')),
): { create: ReturnType<typeof vi.fn>; get: ReturnType<typeof vi.fn> } {
  const credentials = { create: vi.fn(create), get: vi.fn(get) }
  vi.stubGlobal('navigator', { credentials })
  return credentials
}

describe('a passkey as a source of keys', () => {
  const full = answer({ enabled: true, results: { first: OUTPUT.buffer } })

  test('gives its output when it is made, or when it is used for the first time', async () => {
    browserWith(full)
    expect(await prf.register()).toMatchObject({
      credentialId: Uint8Array.of(1, 2),
      output: OUTPUT,
    })
    const { get } = browserWith(answer({ enabled: true }), full)
    expect((await prf.register()).output).toEqual(OUTPUT)
    expect(get).toHaveBeenCalledOnce()
  })

  test('always asks for the person, with a salt of its own, and tells nobody who it is', async () => {
    const { create, get } = browserWith(full, full)
    const first = await prf.register()
    const second = await prf.register()
    expect(first.salt).not.toEqual(second.salt)
    await prf.evaluate(first)
    expect(create.mock.calls[0]).toMatchObject([
      {
        publicKey: {
          attestation: 'none',
          authenticatorSelection: { userVerification: 'required' },
          extensions: { prf: { eval: { first: first.salt } } },
        },
      },
    ])
    expect(get.mock.calls[0]).toMatchObject([
      {
        publicKey: {
          userVerification: 'required',
          allowCredentials: [{ id: first.credentialId }],
          extensions: { prf: { eval: { first: first.salt } } },
        },
      },
    ])
  })

  test.each([
    ['NotAllowedError', 'ABORTED'],
    ['AbortError', 'ABORTED'],
    ['SecurityError', 'UNAVAILABLE'],
    ['NotSupportedError', 'UNAVAILABLE'],
  ])('fails with a code when the browser fails: %s is %s', async (name, code) => {
    const fail = (): Promise<unknown> => Promise.reject(new DOMException('why', name))
    browserWith(fail, fail)
    expect(await verdictOf(() => prf.register())).toBe(code)
    expect(await verdictOf(() => prf.evaluate(KNOWN))).toBe(code)
  })

  test.each([
    ['nothing', () => Promise.resolve(null)],
    ['a passkey without the extension', answer(undefined)],
    ['a passkey without an output', answer({ enabled: false })],
    ['a short output', answer({ results: { first: new ArrayBuffer(16) } })],
  ])('is unavailable when the browser gives %s', async (_what, give) => {
    browserWith(give, give)
    expect(await verdictOf(() => prf.register())).toBe('UNAVAILABLE')
    expect(await verdictOf(() => prf.evaluate(KNOWN))).toBe('UNAVAILABLE')
  })

  test('is unavailable where there are no passkeys', async () => {
    vi.stubGlobal('navigator', {})
    expect(await verdictOf(() => prf.register())).toBe('UNAVAILABLE')
    expect(await verdictOf(() => prf.evaluate(KNOWN))).toBe('UNAVAILABLE')
  })
})
