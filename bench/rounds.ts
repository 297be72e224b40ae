/**
 * Rounds of a benchmark: every contender once in each, one after the other, so that what the machine does beside hits all.
 * What counts is the median over the rounds.
 */
export interface Sample {
  /** Things done; what they are, the benchmark says. */
  readonly messages: number;
  /** User and system time of the process. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** 0 where it isn't known. */
  readonly peakRssKiB: number;
}

export interface Result {
  readonly contender: string;
  /** Medians over the rounds. */
  readonly cpuMicrosEach: number;
  readonly wallMicrosEach: number;
  readonly peakRssMiB: number;
  readonly samples: readonly Sample[];
}

export async function inRounds(
  rounds: number,
  contenders: readonly { readonly name: string; readonly run: () => Promise<Sample> }[],
): Promise<Result[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) samples.get(name)?.push(await run());
  }
  return [...samples].map(([contender, taken]) => ({
    contender,
    cpuMicrosEach: median(taken.map(({ cpuMs, messages }) => (cpuMs * 1_000) / messages)),
    wallMicrosEach: median(taken.map(({ wallMs, messages }) => (wallMs * 1_000) / messages)),
    peakRssMiB: median(taken.map(({ peakRssKiB }) => peakRssKiB / 1_024)),
    samples: taken,
  }));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
