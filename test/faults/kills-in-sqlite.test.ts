import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { killRuns } from './kill-runs.ts'

killRuns((folder) => Promise.resolve(`sqlite:${join(folder, randomUUID())}.sqlite`))
