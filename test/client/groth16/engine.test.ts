import { expect, test } from 'vitest'
import { startEngineOf } from './engine-world.ts'

test('lists beside the memory are wiped with it, and when a larger one takes their place', async () => {
  const engine = await startEngineOf('scalar')
  const first = engine.list('pairs', 3).fill(7)
  expect([...engine.list('pairs', 2)]).toEqual([7, 7])
  expect([...engine.list('parts', 3)]).toEqual([0, 0, 0])
  const larger = engine.list('pairs', 4)
  expect([...first, ...larger]).toEqual([0, 0, 0, 0, 0, 0, 0])
  larger.fill(5)
  const other = engine.list('parts', 1).fill(9)
  engine.wipe()
  expect([...larger, ...other]).toEqual([0, 0, 0, 0, 0])
})
