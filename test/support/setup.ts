import { afterAll, expect } from 'vitest'
import { removeFolders } from './folders.ts'
import { useQuickScrypt } from './quick-scrypt.ts'

/** Shows how a passphrase is stretched in truth. */
const IN_TRUTH = 'test/server/issuer/seal.test.ts'

const file = (expect.getState().testPath ?? '').replaceAll('\\', '/')
if (!file.endsWith(IN_TRUTH)) useQuickScrypt()

afterAll(removeFolders)
