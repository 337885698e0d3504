import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: { target: 'es2022', emptyOutDir: true },
  // The worker is a module, as it is outside of the bundle.
  worker: { format: 'es' },
})
