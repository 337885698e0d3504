import { describe, expect, test } from 'vitest'
import { addressKind } from '../../../server/outgoing/address.ts'

describe('an address', () => {
  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1', '2a00:1450::1'])(
    '%s is of the public internet',
    (address) => expect(addressKind(address)).toBe('public'),
  )

  test.each([
    '127.0.0.1',
    '127.255.255.255',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
  ])('%s is private', (address) => expect(addressKind(address)).toBe('private'))

  test.each([
    '0.0.0.0',
    '169.254.169.254',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('%s is nothing to connect to', (address) => expect(addressKind(address)).toBe('refused'))
})
