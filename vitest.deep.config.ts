import { defineConfig, mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

// The same tests with five proofs a policy and long random runs.
export default mergeConfig(
  config,
  defineConfig({ test: { env: { ZEROCARD_DEEP: '1' }, testTimeout: 900_000 } }),
)
