import { describe, expect, test } from 'vitest'
import { Layout } from '../../../core/wasm/layout.ts'
import { ModuleMemory } from '../../../core/wasm/memory.ts'

const PAGE = 65_536

/** A memory of one page with a constant and a room in its layout. */
function memoryOf({ maximum = 8 } = {}) {
  const layout = new Layout()
  layout.constant(Uint8Array.of(1, 2, 3))
  const beforeRoom = layout.end
  layout.room(5)
  const memory = new WebAssembly.Memory({ initial: 1, maximum })
  return { layout, beforeRoom, memory, ours: new ModuleMemory(memory, layout) }
}

describe("a module's memory", () => {
  test('begins with the layout, whose constants are in it', () => {
    const { layout, beforeRoom, ours } = memoryOf()
    expect([...ours.bytes(beforeRoom - 16, 4)]).toEqual([1, 2, 3, 0])
    expect(ours.allocate(1)).toBe(layout.end)
  })

  test('is given out in pieces that are aligned and do not overlap', () => {
    const { ours } = memoryOf()
    const lengths = [1, 15, 16, 17, 0, 40]
    let free = ours.allocate(0)
    for (const length of lengths) {
      const address = ours.allocate(length)
      expect(address % 16).toBe(0)
      expect(address).toBeGreaterThanOrEqual(free)
      free = address + length
    }
  })

  test('grows, with what is in it', () => {
    const { memory, ours } = memoryOf()
    const first = ours.allocate(4)
    ours.bytes(first, 4).set([9, 8, 7, 6])
    const large = ours.allocate(3 * PAGE)
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(large + 3 * PAGE)
    expect([...ours.bytes(first, 4)]).toEqual([9, 8, 7, 6])
  })

  test('refuses to grow beyond its end, and stays usable', () => {
    const { memory, ours } = memoryOf({ maximum: 2 })
    const free = ours.allocate(0)
    expect(() => ours.allocate(2 * PAGE)).toThrow(RangeError)
    expect(memory.buffer.byteLength).toBe(PAGE)
    expect(ours.allocate(16)).toBe(free)
  })

  test('is given back after work, also after work that fails', () => {
    const { ours } = memoryOf()
    const free = ours.allocate(0)
    expect(ours.temporarily(() => ours.allocate(100))).toBe(free)
    const failing = () => {
      ours.allocate(100)
      throw new TypeError('given up')
    }
    expect(() => ours.temporarily(failing)).toThrow('given up')
    expect(ours.allocate(0)).toBe(free)
  })

  test('is wiped where it was given back and where functions compute, and nowhere else', () => {
    const { beforeRoom, memory, ours } = memoryOf()
    const kept = ours.allocate(16)
    ours.bytes(kept, 16).fill(5)
    ours.temporarily(() => {
      ours.bytes(ours.allocate(40), 40).fill(6)
      ours.temporarily(() => ours.bytes(ours.allocate(2 * PAGE), 2 * PAGE).fill(7))
    })
    ours.bytes(beforeRoom, 5).fill(4)
    ours.wipe()
    expect([...ours.bytes(beforeRoom - 16, 3)]).toEqual([1, 2, 3])
    expect([...ours.bytes(kept, 16)].every((byte) => byte === 5)).toBe(true)
    const all = new Uint8Array(memory.buffer)
    expect(all.filter((byte) => byte !== 0)).toHaveLength(3 + 16)
  })
})
