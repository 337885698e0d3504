import { Trouble } from './trouble.ts'

/** Characters of the longest message; a stream of more is none of ours. */
const MAX_MESSAGE = 64 * 1024

/**
 * The data of server-sent events (HTML, section 9.2), as they come. `EventSource` cannot send the
 * token of a session other than in the address, where logs would keep it.
 *
 * @throws Trouble if the line breaks or a message is too long.
 */
export async function* readEvents({ body }: Response): AsyncGenerator<string> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  try {
    let text = ''
    for (;;) {
      const { value } = await read(reader)
      if (value === undefined) return
      const messages = (text + value).replaceAll('\r\n', '\n').split('\n\n')
      text = messages.pop() ?? ''
      if (text.length > MAX_MESSAGE) throw new Trouble('mistake')
      yield* messages.map(dataOf).filter((data) => data !== '')
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function read(
  reader: ReadableStreamDefaultReader<string>,
): Promise<ReadableStreamReadResult<string>> {
  try {
    return await reader.read()
  } catch (cause) {
    throw new Trouble('away', { cause })
  }
}

function dataOf(message: string): string {
  const lines = message.split('\n').filter((line) => line.startsWith('data:'))
  return lines.map((line) => line.slice('data:'.length).replace(/^ /, '')).join('\n')
}
