// Charts as plain SVG. The table below each has the same figures for who can't see them.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hours } from '../lib/duration.ts';
import { MaybeLink, navigate } from '../router.tsx';
import { type Bar, ticks } from './series.ts';

const height = 260;
const margin = { top: 12, right: 4, bottom: 26, left: 40 };

/** A rectangle whose upper corners are round. */
function column(x: number, y: number, width: number, tall: number, round: boolean): string {
  const r = round ? Math.min(4, width / 2, tall) : 0;
  return `M${x},${y + tall}v${r - tall}q0,${-r} ${r},${-r}h${width - 2 * r}q${r},0 ${r},${r}v${tall - r}z`;
}

export function Columns({
  bars,
  title,
  hrefOf,
}: {
  bars: Bar[];
  title: string;
  hrefOf: (bar: Bar) => string | undefined;
}) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const over = useSignal(-1);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.floor(entry?.contentRect.width ?? 0);
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const axis = ticks(Math.max(...bars.map(({ seconds }) => seconds)));
  const top = axis.at(-1) ?? 3600;
  const inner = Math.max(width.value - margin.left - margin.right, 0);
  const tall = height - margin.top - margin.bottom;
  const slot = inner / Math.max(bars.length, 1);
  const thick = Math.min(Math.max(slot * 0.7, 1), 56);
  const y = (seconds: number) => margin.top + tall * (1 - seconds / top);
  const every = Math.ceil((bars.length * 52) / Math.max(inner, 1));
  const pointed = bars[over.value];

  return (
    <div class="chart" ref={box}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the table has the same as links */}
      <svg
        width={width.value}
        height={height}
        role="img"
        aria-label={title}
        onPointerMove={(event) => {
          const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
          over.value = Math.floor((at - margin.left) / slot);
        }}
        onPointerLeave={() => {
          over.value = -1;
        }}
        onClick={() => {
          const bar = bars[over.value];
          const href = bar && hrefOf(bar);
          if (href) navigate(href);
        }}
      >
        {axis.map((seconds) => (
          <g key={seconds} class="grid">
            <line x1={margin.left} x2={margin.left + inner} y1={y(seconds)} y2={y(seconds)} />
            <text x={margin.left - 8} y={y(seconds) + 4} text-anchor="end">
              {seconds / 3600} h
            </text>
          </g>
        ))}
        {pointed && (
          <rect
            class="pointed"
            x={margin.left + slot * over.value}
            y={margin.top}
            width={slot}
            height={tall}
          />
        )}
        {bars.map((bar, index) => {
          const x = margin.left + slot * index + (slot - thick) / 2;
          const billable = y(0) - y(bar.billableSeconds);
          const rest = y(0) - y(bar.seconds) - billable;
          return (
            <g key={bar.id}>
              {rest > 0 && <path class="other" d={column(x, y(bar.seconds), thick, rest, true)} />}
              {billable > 0 && (
                <path
                  class="billable-bar"
                  d={column(x, y(bar.billableSeconds), thick, billable, rest <= 0)}
                />
              )}
              {index % every === 0 && x + thick / 2 + 24 < width.value && (
                <text x={x + thick / 2} y={height - 8} text-anchor="middle">
                  {bar.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      {pointed && (
        <div
          class="tip"
          aria-hidden="true"
          style={{
            left: `${Math.min(Math.max(margin.left + slot * (over.value + 0.5), 90), Math.max(width.value - 90, 90))}px`,
            top: `${Math.max(y(pointed.seconds) - 8, 40)}px`,
          }}
        >
          <b>{hours(pointed.seconds)}</b> {pointed.name}
          {pointed.billableSeconds > 0 && <div>{hours(pointed.billableSeconds)} billable</div>}
        </div>
      )}
      <p class="legend" aria-hidden="true">
        <span class="key billable-bar" /> Billable <span class="key other" /> Not billable
      </p>
    </div>
  );
}

export function Bars({ bars, hrefOf }: { bars: Bar[]; hrefOf: (bar: Bar) => string | undefined }) {
  const longest = Math.max(...bars.map(({ seconds }) => seconds), 1);
  return (
    <div class="bars" data-plain={bars.every(({ color }) => !color)}>
      {bars.map((bar) => (
        <MaybeLink key={bar.id} class="bar" href={hrefOf(bar)}>
          <span class="bar-name">{bar.label}</span>
          <span class="bar-track">
            <span
              class="bar-fill"
              style={{
                width: `${(bar.seconds / longest) * 100}%`,
                ...(bar.color && { background: bar.color }),
              }}
            />
          </span>
          <span class="length bar-length">{hours(bar.seconds)}</span>
        </MaybeLink>
      ))}
    </div>
  );
}

/** How the whole divides, as one strip. */
export function Strip({ bars }: { bars: Bar[] }) {
  const total = bars.reduce((sum, { seconds }) => sum + seconds, 0);
  if (!total) return null;
  const share = (seconds: number) => Math.round((seconds / total) * 100);
  return (
    <section class="card" aria-labelledby="shares">
      <h2 id="shares">Projects</h2>
      <div class="strip" aria-hidden="true">
        {bars.map((bar) => (
          <span
            class="strip-part"
            key={bar.id}
            title={`${bar.name}: ${hours(bar.seconds)}`}
            style={{ flexGrow: bar.seconds, ...(bar.color && { background: bar.color }) }}
          />
        ))}
      </div>
      <ul class="shares">
        {bars.slice(0, 12).map((bar) => (
          <li class="share" key={bar.id}>
            <span class="swatch" style={bar.color ? { background: bar.color } : {}} />
            <span class="share-name">{bar.name}</span>
            <span class="length">{hours(bar.seconds)}</span>
            <span class="muted length">{share(bar.seconds)} %</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
