import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Proofs, keys and compilations take seconds, and several files share the cores.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Each file in a process of its own: provers leave threads behind, which end with it.
    pool: 'forks',
  },
})
