import { configDefaults, defineConfig } from 'vitest/config';

/**
 * `core` is everything that needs no privileges, `netns` runs real charons in network namespaces (root), `hostile` does so
 * for minutes a scenario, and `faults` the whole of those that `netns` has a slice of. A scenario mostly waits, so a few
 * files run side by side even on two cores.
 */
export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{unit,property,scenario,sim,exploration,docs}/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/netns/hostile/**'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'hostile',
          include: ['test/netns/hostile/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/netns/faults/*.test.ts'],
          env: { AFTERYOU_FAULTS: 'whole' },
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
