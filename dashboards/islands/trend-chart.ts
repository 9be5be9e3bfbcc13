// <trend-chart src live>: fetches a trend as wide as it is shown, draws it, and appends live readings to it.

import uPlot from "uplot";
import { fixed, hear, isGood, plantZone } from "./readings";
import { append, drawn, isSwitch, slide, type Trace, type Trend } from "./trend-data";
import { colour, ink, paintOver, paintUnder } from "./trend-paint";

const REFRESH_MS = 60_000; // a live window is bucketed anew by the server
const HEIGHT = 380;

class TrendChart extends HTMLElement {
  private plot: uPlot | undefined;
  private trend: Trend | undefined;
  private gone = new AbortController();
  private due = false;

  connectedCallback(): void {
    const { signal } = (this.gone = new AbortController());
    void this.load();
    hear((readings) => this.take(readings), signal);
    const resize = new ResizeObserver(() => this.plot?.setSize({ width: this.clientWidth, height: this.height() }));
    resize.observe(this);
    signal.addEventListener("abort", () => resize.disconnect());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(), { signal });
    if (this.hasAttribute("live")) {
      const timer = window.setInterval(() => void this.load(), REFRESH_MS);
      signal.addEventListener("abort", () => window.clearInterval(timer));
    }
  }

  disconnectedCallback(): void {
    this.gone.abort();
    this.plot?.destroy();
  }

  private height(): number {
    return Number(this.getAttribute("height") ?? HEIGHT);
  }

  private async load(): Promise<void> {
    const url = new URL(this.getAttribute("src") ?? "", location.href);
    url.searchParams.set("width", String(Math.max(200, Math.round(this.clientWidth))));
    try {
      const answer = await fetch(url, { signal: this.gone.signal, headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.trend = (await answer.json()) as Trend;
      this.note(this.trend.traces.every((trace) => trace.mean.every((value) => value === null)) ? "empty" : "");
      this.draw();
    } catch (reason) {
      if (!this.gone.signal.aborted) this.note("failed", reason);
    }
  }

  private note(which: "" | "empty" | "failed", reason?: unknown): void {
    const node = this.querySelector(".note");
    if (node) node.textContent = which ? (this.dataset[which] ?? which) : "";
    if (reason !== undefined) console.warn("trend", reason);
  }

  private take(readings: [number, number, number | null, number][]): void {
    if (!this.trend?.live) return;
    let last = 0;
    for (const [point, timeMs, value, quality] of readings) {
      if (append(this.trend, point, timeMs / 1e3, value, isGood(quality))) last = Math.max(last, timeMs / 1e3);
    }
    if (!last) return;
    slide(this.trend, last);
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      if (!this.trend || !this.plot) return;
      this.plot.setData(columns(this.trend), false);
      this.plot.setScale("x", { min: this.trend.from, max: this.trend.to });
    });
  }

  private draw(): void {
    if (!this.trend) return;
    this.plot?.destroy();
    const target = this.querySelector<HTMLElement>(".plot") ?? this;
    target.replaceChildren();
    this.plot = new uPlot(this.options(), columns(this.trend), target);
    this.readout(null);
  }

  private options(): uPlot.Options {
    const trend = (): Trend => this.trend as Trend;
    const { traces, from, to } = trend();
    return {
      width: this.clientWidth,
      height: this.height(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), plantZone()),
      scales: { x: { time: true, min: from, max: to }, ...scales(trend()) },
      axes: axes(trend()),
      series: [{}, ...traces.flatMap((trace, index) => threeSeries(trace, colour(index)))],
      bands: traces.map((_, index) => ({ series: [3 * index + 1, 3 * index + 2], fill: `${colour(index)}38` })),
      cursor: { drag: { x: true, y: false }, points: { show: false } },
      legend: { show: false },
      hooks: {
        drawClear: [(plot) => paintUnder(plot, trend())],
        draw: [(plot) => paintOver(plot, trend())],
        setCursor: [(plot) => this.readout(plot.cursor.idx ?? null)],
      },
    };
  }

  /** Values under the cursor, or the latest ones, as text. */
  private readout(index: number | null): void {
    const list = this.querySelector(".readout");
    if (!list || !this.trend) return;
    const { traces } = this.trend;
    list.replaceChildren(
      ...traces.map((trace, trait) => {
        const at = index ?? trace.mean.findLastIndex((value) => value !== null);
        return line(trace, colour(trait), trace.min[at], trace.mean[at], trace.max[at]);
      }),
    );
  }
}

type Known = number | null | undefined;

function line(trace: Trace, stroke: string, min: Known, mean: Known, max: Known): HTMLElement {
  const { name, unit, digits, words } = trace;
  const say = (value: Known): string => {
    if (value == null) return "–";
    if (!isSwitch(trace)) return fixed(value, digits);
    return words[value] ?? ""; // a mean of a switch is nothing; its range tells
  };
  const item = document.createElement("li");
  const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const stripe = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ width: "22", height: "4", y: "3", fill: stroke })) stripe.setAttribute(key, value);
  swatch.append(stripe);
  const text = document.createElement("span");
  text.textContent = `${name}  ${say(mean)} ${unit}`;
  const range = document.createElement("span");
  range.className = "range";
  range.textContent = `${say(min)} … ${say(max)}`;
  item.append(swatch, text, range);
  return item;
}

function columns(trend: Trend): uPlot.AlignedData {
  const lines = trend.traces.flatMap(({ min, mean, max, hold, bad }) =>
    [max, min, mean].map((column) => drawn(trend.times, column, hold, bad)),
  );
  return [trend.times, ...lines];
}

/** A switch is drawn as steps: between closed and open there is nothing. */
function threeSeries(trace: Trace, stroke: string): uPlot.Series[] {
  const steps = isSwitch(trace) ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const look = { scale: scaleOf(trace), points: { show: false }, spanGaps: false, ...(steps ? { paths: steps } : {}) };
  return [{ ...look, width: 0 }, { ...look, width: 0 }, { ...look, stroke, width: 1.5 }];
}

/** Curves of one unit share a scale; switches have one of their own, without numbers beside it. */
const SWITCHES = "switches";
const SWITCH_ROOM = 7; // switches run along the foot of the plot, beside what is measured

const scaleOf = (trace: Trace): string => (isSwitch(trace) ? SWITCHES : trace.unit);

function units(trend: Trend): string[] {
  return [...new Set(trend.traces.map(scaleOf))];
}

/** Limits stay in sight when a curve is near them, so that "inside" can be seen. */
function scales(trend: Trend): uPlot.Scales {
  return Object.fromEntries(
    units(trend).map((unit) => {
      const marks = trend.limits.filter((limit) => limit.unit === unit).map((limit) => limit.value);
      const range = (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => {
        const all = [...marks, ...(low === null || high === null ? [] : [low, high])];
        if (all.length === 0) return [0, 1];
        if (unit === SWITCHES) return [-0.1, SWITCH_ROOM * Math.max(1, ...all)];
        const [bottom, top] = [Math.min(...all), Math.max(...all)];
        const room = (top - bottom || 1) * 0.08;
        return [bottom - room, top + room];
      };
      return [unit, { range }];
    }),
  );
}

function axes(trend: Trend): uPlot.Axis[] {
  const { text, grid } = ink();
  const look = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const day = ["{YYYY}-{MM}-{DD}", "{MM}-{DD}", "{HH}:{mm}", "{HH}:{mm}:{ss}"] as const;
  const times: uPlot.Axis = {
    ...look,
    values: [
      [86_400, day[1], `\n${day[0]}`, null, null, null, null, null, 1],
      [60, day[2], `\n${day[0]}`, null, `\n${day[1]}`, null, null, null, 1],
      [1, day[3], `\n${day[0]}`, null, `\n${day[1]}`, null, null, null, 1],
    ],
  };
  const sides = units(trend).filter((scale) => scale !== SWITCHES).map<uPlot.Axis>((scale, index) => ({
    ...look,
    scale,
    label: scale,
    labelSize: 22,
    size: 58,
    side: index % 2 ? 1 : 3,
    grid: { ...look.grid, show: index === 0 },
  }));
  return [times, ...sides];
}

customElements.define("trend-chart", TrendChart);
