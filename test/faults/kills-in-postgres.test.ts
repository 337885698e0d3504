import { inject } from 'vitest'
import { createPostgresDatabase } from '../support/postgres.ts'
import { killRuns } from './kill-runs.ts'

killRuns(() => createPostgresDatabase(inject('postgresUrl')))
