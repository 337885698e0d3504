import { Agent, request } from 'node:http'

/** An answer, as far as load looks at it. */
export interface Answer {
  readonly status: number
  readonly text: string
}

/** What came of a load: how long each success took, in milliseconds, and how many failed. */
export interface LoadResult {
  readonly times: readonly number[]
  readonly failures: number
  readonly seconds: number
}

/** Connections that stay open, as a proxy in front of a service has them. */
export function createCaller(origin: string): {
  readonly call: (
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  readonly close: () => void
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const { hostname, port } = new URL(origin)
  return {
    close: () => {
      agent.destroy()
    },
    call: (path, body, headers) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
        const method = body === undefined ? 'GET' : 'POST'
        const asked = request(
          { agent, hostname, port, path, method, headers: { ...headers, ...length } },
          (response) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (part: string) => (text += part))
            response.on('end', () => {
              resolve({ status: response.statusCode ?? 0, text })
            })
          },
        )
        asked.on('error', reject)
        asked.end(body)
      }),
  }
}

/**
 * Does `work` again and again, so many at a time, for so long.
 *
 * @param work - Resolves to whether it succeeded.
 */
export async function closedLoad(
  work: () => Promise<boolean>,
  atATime: number,
  seconds: number,
): Promise<LoadResult> {
  const times: number[] = []
  let failures = 0
  const start = performance.now()
  const end = start + seconds * 1000
  const line = async (): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now()
      if (await work()) times.push(performance.now() - began)
      else failures += 1
    }
  }
  await Promise.all(Array.from({ length: atATime }, line))
  return { times, failures, seconds: (performance.now() - start) / 1000 }
}

/** Begins `work` so many times a second, however long each takes, as strangers do. */
export async function openLoad(
  work: () => Promise<boolean>,
  perSecond: number,
  seconds: number,
): Promise<LoadResult> {
  const times: number[] = []
  let failures = 0
  const start = performance.now()
  const running = new Set<Promise<void>>()
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = start + (i * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    // Counted from when it was due: waiting for a busy client is waiting too.
    const one = work().then((isGood) => {
      if (isGood) times.push(performance.now() - due)
      else failures += 1
      running.delete(one)
    })
    running.add(one)
  }
  await Promise.all(running)
  return { times, failures, seconds: (performance.now() - start) / 1000 }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
