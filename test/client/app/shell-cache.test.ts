import { beforeEach, describe, expect, test } from 'vitest'
import { ShellCache } from '../../../client/app/shell-cache.ts'
import { verdictOf } from '../../support/refusal.ts'

const ORIGIN = 'https://wallet.example'

/** As much of the browser's caches as the page's files need. */
class FakeCaches {
  readonly stores = new Map<string, Map<string, Response>>()

  open(name: string): Promise<unknown> {
    const store = this.stores.get(name) ?? new Map<string, Response>()
    this.stores.set(name, store)
    return Promise.resolve({
      match: (url: string) => Promise.resolve(store.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void store.set(url, response)),
      delete: (url: string) => Promise.resolve(store.delete(url)),
    })
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.stores.keys()])
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.stores.delete(name))
  }
}

let caches: FakeCaches
let site: Record<string, string>
let asked: string[]
let shell: ShellCache

beforeEach(() => {
  caches = new FakeCaches()
  asked = []
  publish('one')
  const fetch = (url: string) => {
    asked.push(url)
    const text = site[new URL(url).pathname]
    return Promise.resolve(new Response(text ?? null, { status: text === undefined ? 404 : 200 }))
  }
  shell = new ShellCache({ caches: caches as unknown as CacheStorage, fetch, origin: ORIGIN })
})

/** A version of the page on its server. */
function publish(version: string): void {
  const names = ['index.html', 'wallet.js', 'wallet.css', 'icons/icon.svg', 'zero-card.js']
  const files = Object.fromEntries(names.map((name) => [name, { integrity: `${version}-${name}` }]))
  site = Object.fromEntries(names.map((name) => [`/${name}`, `${version} ${name}`]))
  site['/web-manifest.json'] = JSON.stringify({ files })
}

async function textOf(path: string, options: Partial<Request> = {}): Promise<string | undefined> {
  const url = new URL(path, ORIGIN).href
  const request = { url, method: 'GET', mode: 'cors', ...options } as const
  return (await shell.respond(request))?.text()
}

describe('the files of the page', () => {
  test('are there without a network once they are kept; files of sites are not kept', async () => {
    await shell.install()
    asked = []
    expect(await textOf('/wallet.js')).toBe('one wallet.js')
    expect(await textOf('/zero-card.js')).toBeUndefined()
    expect(asked).toEqual([])
  })

  test('show a page that is opened with a link without telling a server of it', async () => {
    await shell.install()
    asked = []
    expect(await textOf('/?client_id=a', { mode: 'navigate' })).toBe('one index.html')
    expect(asked).toEqual([])
  })

  test('leave the link out even if nothing is kept', async () => {
    site['/'] = 'from the network'
    expect(await textOf('/?client_id=a', { mode: 'navigate' })).toBe('from the network')
    expect(asked).toEqual([`${ORIGIN}/`])
  })

  test('are nothing to other origins, other methods and other pages', async () => {
    await shell.install()
    expect(await textOf('https://other.example/wallet.js')).toBeUndefined()
    expect(await textOf('/wallet.js', { method: 'POST' })).toBeUndefined()
    expect(await textOf('/artifacts/manifest.json', { mode: 'navigate' })).toBeUndefined()
  })

  test('change only when the person says so, and the old ones go', async () => {
    await shell.install()
    expect(await shell.update()).toBe(false)
    publish('two')
    expect(await shell.update()).toBe(true)
    expect(await textOf('/wallet.js')).toBe('one wallet.js')
    await shell.change()
    expect(await textOf('/wallet.js')).toBe('two wallet.js')
    expect([...caches.stores.keys()].filter((name) => name !== 'zerocard-shell')).toHaveLength(1)
    expect(await shell.update()).toBe(false)
  })

  test('stay as they are if a newer version is not whole, and are fetched again later', async () => {
    await shell.install()
    publish('two')
    const { '/wallet.css': style, ...rest } = site
    site = rest
    expect(await verdictOf(() => shell.update())).toBe('FETCH_FAILED')
    await shell.change()
    expect(await textOf('/wallet.js')).toBe('one wallet.js')
    site['/wallet.css'] = style ?? ''
    expect(await shell.update()).toBe(true)
  })
})
