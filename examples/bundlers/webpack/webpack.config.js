import { join } from 'node:path'

export default {
  mode: 'production',
  context: import.meta.dirname,
  entry: { main: './page.js' },
  output: {
    path: join(import.meta.dirname, 'dist'),
    module: true,
    filename: '[name].js',
    chunkFilename: '[name].js',
    clean: true,
  },
  experiments: { outputModule: true },
  // A proof weighs more than a page is expected to.
  performance: false,
}
