/**
 * All families as text in the format of Prometheus.
 *
 * Knows which groups of families there are. A thousand peers make some 16,000 series: the loop gets a turn between two
 * families, so that no timer waits for all of them.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { StatusReport } from '../control/api.ts';
import { peerLabel, StatusGauges } from './gauges.ts';
import { type CharonView, ipsecExporterText } from './ipsec-families.ts';
import { Recorder } from './recorder.ts';

/** The content type of the text, for HTTP. */
export const CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

export class Exposition {
  readonly #own = new Registry();
  #process: Registry | null = null;
  readonly #gauges = new StatusGauges(this.#own);
  readonly recorder: Recorder = new Recorder(this.#own);

  /**
   * @param withProcess also `process_*` and `nodejs_*`; not for node_exporter's textfile directory, where its own
   * `process_*` would clash with them
   * @param view what charon has, for the families of ipsec_exporter; null: it couldn't be read; undefined: not wanted
   */
  async text(status: StatusReport, withProcess: boolean, view?: CharonView | null): Promise<string> {
    this.#gauges.set(status);
    this.recorder.forget(new Set(status.peers.map(peerLabel)));
    const parts: string[] = [];
    for (const registry of withProcess ? [this.#own, this.#ofProcess()] : [this.#own]) {
      for (const { name } of registry.getMetricsAsArray()) {
        parts.push(`${await registry.getSingleMetricAsString(name)}\n`);
        await new Promise(setImmediate);
      }
    }
    if (view !== undefined) parts.push(await ipsecExporterText(view));
    return parts.join('');
  }

  /** Made when first asked for: it has the event loop and the garbage collector watched from then on. */
  #ofProcess(): Registry {
    if (this.#process === null) {
      this.#process = new Registry();
      collectDefaultMetrics({ register: this.#process });
    }
    return this.#process;
  }
}
