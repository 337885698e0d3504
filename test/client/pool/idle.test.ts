import { describe, expect, test } from 'vitest'
import { mayPrepare, momentNow, untilIdle } from '../../../client/pool/idle.ts'
import type { Moment } from '../../../client/pool/idle.ts'
import { verdictOf } from '../../support/refusal.ts'

const GOOD: Moment = { isProving: false, isHidden: false, isCharging: undefined, isMetered: false }

describe('a moment', () => {
  test('is good if nobody needs the machine, its battery or its network', () => {
    expect(mayPrepare(GOOD, true)).toBe(true)
    expect(mayPrepare({ ...GOOD, isCharging: true }, true)).toBe(true)
    expect(mayPrepare({ ...GOOD, isMetered: true }, false)).toBe(true)
  })

  test.each([
    ['somebody waits for a proof', { isProving: true }],
    ['nobody sees the page', { isHidden: true }],
    ['the battery is in use', { isCharging: false }],
    ['a download would cost', { isMetered: true }],
  ])('is not if %s', (_, change) => {
    expect(mayPrepare({ ...GOOD, ...change }, true)).toBe(false)
  })

  test('is what the browser says, as far as it does', async () => {
    const silent = await momentNow(false, { hidden: false }, {})
    expect(silent).toEqual(GOOD)
    const talkative = {
      getBattery: () => Promise.resolve({ charging: false }),
      connection: { saveData: false, type: 'cellular' },
    }
    expect(await momentNow(true, { hidden: true }, talkative)).toEqual({
      isProving: true,
      isHidden: true,
      isCharging: false,
      isMetered: true,
    })
    const saving = { connection: { saveData: true }, getBattery: () => Promise.reject(new Error()) }
    expect(await momentNow(false, { hidden: false }, saving)).toEqual({ ...GOOD, isMetered: true })
  })
})

describe('waiting for an idle moment', () => {
  test('takes the idle moment of the browser, or a pause where there are none', async () => {
    const waits: number[] = []
    const after = (milliseconds: number, callback: () => void) => {
      waits.push(milliseconds)
      callback()
      return () => undefined
    }
    const idle = (callback: () => void) => {
      callback()
      return () => undefined
    }
    await untilIdle({ after, idle })
    expect(waits).toEqual([])
    await untilIdle({ after })
    expect(waits).toEqual([2000])
  })

  test('can be called off, before and meanwhile', async () => {
    let calledOff = 0
    const after = () => () => {
      calledOff++
    }
    const controller = new AbortController()
    const waiting = untilIdle({ after }, controller.signal)
    controller.abort()
    expect(await verdictOf(() => waiting)).toBe('ABORTED')
    expect(await verdictOf(() => untilIdle({ after }, controller.signal))).toBe('ABORTED')
    expect(calledOff).toBe(1)
  })
})
