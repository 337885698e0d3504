import { crc32, deflateSync } from 'node:zlib'

// Faces of people who do not exist: flat shapes in three colours, the same for the same number.

/** Pixels a side. */
const SIDE = 48

/** Colours of skin, hair, clothes; of each person one of each. */
const SKIN = ['f1c9a5', 'c98f65', '8d5a3b', 'e8b48c', '6b4226', 'dba379']
const HAIR = ['2b1d14', 'd8d8d8', '6b3f1d', '111111', 'b5651d', '4a4a4a']
const CLOTHES = ['1d5f57', '7a2e2e', '2d4a7c', '5c3d7a', '8a6d1f', '33502c']
const BACKGROUND = 'eef1f4'

/**
 * A portrait as a register keeps it: a data URL of a PNG of a few hundred bytes.
 *
 * @param place - Which of the people, from 0.
 */
export function portraitOf(place: number): string {
  const png = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', headerOf(SIDE)),
    chunk('PLTE', paletteOf(place)),
    chunk('IDAT', deflateSync(pixelsOf(place), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
  return `data:image/png;base64,${png.toString('base64')}`
}

function headerOf(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  // Two bits a pixel, from a palette (PNG, third edition, 11.2.1).
  header.set([2, 3, 0, 0, 0], 8)
  return header
}

function paletteOf(place: number): Buffer {
  const colours = [SKIN, HAIR, CLOTHES].map((list) => list[place % list.length] ?? '')
  return Buffer.from([BACKGROUND, ...colours].join(''), 'hex')
}

/** Rows of four pixels a byte, each behind its filter byte. */
function pixelsOf(place: number): Buffer {
  const rows = Array.from({ length: SIDE }, (_, y) => {
    const colours = Array.from({ length: SIDE }, (_, x) => colourAt(x, y, place))
    const bytes = Array.from({ length: SIDE / 4 }, (_, i) =>
      colours.slice(4 * i, 4 * i + 4).reduce((byte, colour) => (byte << 2) | colour, 0),
    )
    return Buffer.from([0, ...bytes])
  })
  return Buffer.concat(rows)
}

/** 0 is the background, 1 skin, 2 hair and eyes, 3 clothes. */
function colourAt(x: number, y: number, place: number): number {
  const [dx, dy] = [x - 23.5, y - 21]
  const isFace = Math.hypot(dx / 10.5, dy / 13) < 1
  const isEye = Math.hypot(Math.abs(dx) - 4.5, dy + 1) < 1.4
  const isMouth = Math.abs(dx) < 3 + (place % 3) && Math.abs(dy - 6) < 0.9
  if (isFace && (isEye || isMouth)) return 2
  if (isFace && dy > -7 + (place % 2) * 2) return 1
  const isHair = Math.hypot(dx / (12 + (place % 3)), (dy + 2) / 14) < 1 && dy < 2 + 4 * (place % 3)
  if (isHair) return 2
  if (isFace || (Math.abs(dx) < 4 && dy > 0 && dy < 17)) return 1
  return Math.hypot(dx / 20, (y - 50) / 15) < 1 ? 3 : 0
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
