import { ZerocardError } from '../../core/errors.ts'

const ENTER = [0x0a, 0x0d]
/** Ctrl-C and Ctrl-D. */
const LEAVE = [0x03, 0x04]
const MAX_BYTES = 4096

/**
 * Asks at the terminal for a line that is not shown, and never becomes a string.
 *
 * @returns Undefined without a terminal. Whoever gets the bytes overwrites them.
 * @throws ZerocardError with `ABORTED` if the person leaves instead.
 */
export async function hiddenLine(question: string): Promise<Buffer | undefined> {
  const { stdin, stderr } = process
  if (!stdin.isTTY) return undefined
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.resume()
  try {
    return await readLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

function readLine(stdin: NodeJS.ReadStream): Promise<Buffer> {
  const line = Buffer.alloc(MAX_BYTES)
  let length = 0
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (LEAVE.includes(byte)) {
          stop()
          reject(new ZerocardError('ABORTED', 'nothing was contributed'))
          return
        }
        if (ENTER.includes(byte) || length === MAX_BYTES) {
          stop()
          resolve(line.subarray(0, length))
          return
        }
        line[length++] = byte
      }
      chunk.fill(0)
    }
    const stop = (): void => void stdin.off('data', take)
    stdin.on('data', take)
  })
}
