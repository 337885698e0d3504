import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import chromium from '@sparticuz/chromium'
import { build } from 'esbuild'
import { chromium as driver } from 'playwright-core'
import type { Browser } from 'playwright-core'

// A real Chromium from npm, and pages for it on the loopback interface.

/** What a careful site sends: no inline script, no eval, no workers from blobs, nothing foreign. */
export const STRICT_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'"

export async function launchBrowser(): Promise<Browser> {
  // The package's own arguments let every page read every other origin: no test would notice a
  // header that is missing.
  const args = chromium.args.filter((one) => one !== '--disable-web-security')
  return driver.launch({ executablePath: await chromium.executablePath(), args })
}

/** Bundles a module for browsers. A `node:` import anywhere below it is an error. */
export async function bundleForBrowser(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new TypeError('nothing was bundled')
  return file.contents
}

/** Serves files by path under the strict policy. */
export async function serveFiles(
  files: Readonly<Record<string, () => Uint8Array | string>>,
): Promise<{ origin: string; close: () => void }> {
  const types: Readonly<Record<string, string>> = {
    html: 'text/html; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    json: 'application/json',
  }
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const read = files[path]
    if (read === undefined) {
      response.writeHead(404).end()
      return
    }
    const type =
      types[path === '/' ? 'html' : (path.split('.').at(-1) ?? '')] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': STRICT_POLICY })
    response.end(read())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { origin: `http://localhost:${String(port)}`, close: () => server.close() }
}
