import { defineConfig } from 'vitest/config'

// Everything, the long suites too (`npm run test:all`): foreign clients, kill -9, packed tarballs.
export default defineConfig({
  test: {
    globalSetup: 'tools/test-folder.ts',
    include: ['packages/*/test/**/*.test.ts', 'demo/test/**/*.test.ts', 'tools/test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // No test replaces a module, so files may share what they import: half the processor time.
    isolate: false,
    // Real processes and kills at random moments on a busy machine: a second try before it counts as failed.
    retry: 1,
  },
})
