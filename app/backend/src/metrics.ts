// Counts of requests and of the process, in the text format that Prometheus reads.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Upper bounds of answers' times, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Series {
  readonly counts: number[];
  sum: number;
  count: number;
}

export interface Answered {
  readonly method: string;
  /** As the route is declared: an address as it was asked would make a series each. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export function createMetrics(release: string) {
  const requests = new Map<string, number>();
  const durations = new Map<string, Series>();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();

  return {
    answered({ method, route, status, seconds }: Answered): void {
      const labels = `method="${escaped(method)}",route="${escaped(route)}"`;
      const counted = `${labels},status="${status}"`;
      requests.set(counted, (requests.get(counted) ?? 0) + 1);
      const series = durations.get(labels) ?? { counts: bounds.map(() => 0), sum: 0, count: 0 };
      durations.set(labels, series);
      bounds.forEach((bound, index) => {
        if (seconds <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
      });
      series.sum += seconds;
      series.count += 1;
    },

    text(): string {
      const { user, system } = process.cpuUsage();
      return [
        ...family('timetracker_release_info', 'gauge', 'What runs.', [
          `{release="${escaped(release)}"} 1`,
        ]),
        ...family(
          'http_requests_total',
          'counter',
          'Requests that were answered.',
          [...requests].map(([labels, count]) => `{${labels}} ${count}`),
        ),
        ...family(
          'http_request_duration_seconds',
          'histogram',
          'Time until they were.',
          [...durations].flatMap(([labels, { counts, sum, count }]) => [
            ...bounds.map((bound, index) => `_bucket{${labels},le="${bound}"} ${counts[index]}`),
            `_bucket{${labels},le="+Inf"} ${count}`,
            `_sum{${labels}} ${sum}`,
            `_count{${labels}} ${count}`,
          ]),
        ),
        ...family('nodejs_eventloop_lag_p99_seconds', 'gauge', 'Since the last look.', [
          ` ${Number.isNaN(delay.percentile(99)) ? 0 : delay.percentile(99) / 1e9}`,
        ]),
        ...family('process_resident_memory_bytes', 'gauge', 'Memory of the process.', [
          ` ${process.memoryUsage.rss()}`,
        ]),
        ...family('process_cpu_seconds_total', 'counter', 'Time on a processor.', [
          ` ${(user + system) / 1e6}`,
        ]),
        ...family('process_start_time_seconds', 'gauge', 'When the process began.', [
          ` ${Math.round(Date.now() / 1000 - process.uptime())}`,
        ]),
        '',
      ].join('\n');
    },

    /** After a look: what is told of a moment begins anew. */
    looked: () => delay.reset(),
    end: () => delay.disable(),
  };
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map((sample) => `${name}${sample}`),
  ];
}

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
