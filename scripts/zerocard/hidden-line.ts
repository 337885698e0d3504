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

/** Takes a line from a terminal in raw mode, and overwrites what it came in. */
export function readLine(stdin: NodeJS.ReadableStream): Promise<Buffer> {
  const line = Buffer.alloc(MAX_BYTES)
  let length = 0
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (LEAVE.includes(byte)) {
          leave()
          break
        }
        if (ENTER.includes(byte) || length === MAX_BYTES) {
          stop()
          resolve(line.subarray(0, length))
          break
        }
        line[length++] = byte
      }
      // Of a pasted text this is the whole of it.
      chunk.fill(0)
    }
    const leave = (): void => {
      stop()
      line.fill(0)
      reject(new ZerocardError('ABORTED', 'nothing was contributed'))
    }
    const stop = (): void => {
      stdin.off('data', take)
      stdin.off('end', leave)
    }
    stdin.on('data', take)
    // The terminal is gone.
    stdin.on('end', leave)
  })
}
