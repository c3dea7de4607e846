import { defineConfig } from 'vitest/config'

// The tests of `npm test`: under two minutes on two cores. What takes longer is *.long.test.ts.
export default defineConfig({
  test: {
    globalSetup: 'tools/test-folder.ts',
    include: ['packages/*/test/**/*.test.ts', 'demo/test/**/*.test.ts', 'tools/test/**/*.test.ts'],
    exclude: ['**/*.long.test.ts', '**/node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // No test replaces a module, so files may share what they import: half the processor time.
    isolate: false,
  },
})
