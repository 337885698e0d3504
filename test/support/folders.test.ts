import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newFolder, removeFolders } from './folders.ts'

let kept = ''

// Services are closed in such hooks, and write to their folders until they are.
beforeAll(() => () => {
  expect(existsSync(kept)).toBe(true)
})
afterAll(() => {
  expect(existsSync(kept)).toBe(true)
})

it('removes folders with what is in them, once', () => {
  const folders = [newFolder(), newFolder()]
  for (const folder of folders) writeFileSync(join(folder, 'file'), 'text')
  removeFolders()
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false])
  kept = newFolder()
  expect(folders).not.toContain(kept)
  expect(existsSync(kept)).toBe(true)
})
