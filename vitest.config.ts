import { defineConfig } from 'vitest/config';

/**
 * Two projects: `core` is everything that needs no privileges, `netns` runs real charons in network namespaces
 * (root). A scenario mostly waits, so a few files run side by side even on two cores.
 */
export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{unit,property,scenario,sim,exploration,docs}/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
