import { defineConfig } from 'vitest/config';

/**
 * Three projects: `core` is everything that needs no privileges, `netns` runs real charons in network
 * namespaces (root, one file at a time: two cores), `build` looks at the bundle that ships.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{unit,property,scenario,docs}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
