import { crc32, deflateSync } from 'node:zlib'

// A picture of a few hundred bytes, and its data URL as an issuer would have salted it.

const SIDE = 48

/** A small PNG of some colour. */
export function tinyPng(shade = 90): Uint8Array {
  const rows = Array.from({ length: SIDE }, (_, y) =>
    Buffer.from([
      0,
      ...Array.from({ length: SIDE }, (_, x) => (Math.hypot(x - 24, y - 24) < 18 ? shade : 240)),
    ]),
  )
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  header.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** As it stands in a register: without a salt. */
export function photographText(png: Uint8Array = tinyPng()): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}

/** As it stands in a credential. */
export function saltedPhotograph(png: Uint8Array = tinyPng(), salt = 'A'.repeat(22)): string {
  return photographText(png).replace(';base64', `;salt=${salt};base64`)
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
