import { beforeAll, expect } from 'vitest'
import { removeFolders } from './folders.ts'
import { useQuickScrypt } from './quick-scrypt.ts'

/** Shows how a passphrase is stretched in truth. */
const IN_TRUTH = 'test/server/issuer/seal.test.ts'

const file = (expect.getState().testPath ?? '').replaceAll('\\', '/')
if (!file.endsWith(IN_TRUTH)) useQuickScrypt()

// What the first beforeAll returns is called last: services that a file closes still have theirs.
beforeAll(() => removeFolders)
