// What is drawn under and over the curves: episodes shaded, gaps hatched, doubtful buckets marked, limits dashed.

import type uPlot from "uplot";
import { gaps, type Trend } from "./trend-data";

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const colour = (index: number): string => css(`--trace-${(index % 6) + 1}`);

export const ink = (): { text: string; grid: string } => ({ text: css("--ink-soft"), grid: css("--line") });

function hatch(context: CanvasRenderingContext2D, line: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  if (!pen) return line;
  pen.strokeStyle = line;
  pen.lineWidth = 1.25;
  pen.beginPath();
  for (const x of [-4, 0, 4, 8]) {
    pen.moveTo(x, 8);
    pen.lineTo(x + 8, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? line;
}

function fillSpan(plot: uPlot, from: number, to: number, style: CanvasPattern | string, alpha: number): void {
  const { left, top, width, height } = plot.bbox;
  const x0 = Math.max(left, plot.valToPos(from, "x", true));
  const x1 = Math.min(left + width, plot.valToPos(to, "x", true));
  if (x1 <= x0) return;
  plot.ctx.save();
  plot.ctx.globalAlpha = alpha;
  plot.ctx.fillStyle = style;
  plot.ctx.fillRect(x0, top, Math.max(x1 - x0, 2), height);
  plot.ctx.restore();
}

export function paintUnder(plot: uPlot, trend: Trend): void {
  for (const episode of trend.episodes) fillSpan(plot, episode.from, episode.to ?? trend.to, css("--critical"), 0.11);
  const pattern = hatch(plot.ctx, css("--line-strong"));
  for (const [from, to] of gaps(trend)) fillSpan(plot, from, to, pattern, 0.55);
}

export function paintOver(plot: uPlot, trend: Trend): void {
  paintDoubt(plot, trend);
  const { left, top, width, height } = plot.bbox;
  const pen = plot.ctx;
  pen.save();
  pen.strokeStyle = pen.fillStyle = css("--critical");
  pen.lineWidth = 1.5 * devicePixelRatio;
  pen.font = `600 ${11 * devicePixelRatio}px ${css("--font")}`;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  for (const limit of trend.limits) {
    if (!plot.scales[limit.unit]) continue;
    const y = plot.valToPos(limit.value, limit.unit, true);
    if (y < top || y > top + height) continue;
    pen.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
    pen.fillText(limit.label, left + 6 * devicePixelRatio, y - 5 * devicePixelRatio);
  }
  pen.restore();
}

/** Doubtful buckets get a tick at the foot of the plot: uncertain amber, bad red. */
function paintDoubt(plot: uPlot, trend: Trend): void {
  const foot = plot.bbox.top + plot.bbox.height;
  const size = 5 * devicePixelRatio;
  for (const trace of trend.traces) {
    for (const [indices, style] of [[trace.uncertain, css("--medium")], [trace.bad, css("--high")]] as const) {
      plot.ctx.fillStyle = style;
      for (const index of indices) {
        const time = trend.times[index];
        if (time !== undefined) plot.ctx.fillRect(plot.valToPos(time, "x", true) - 1, foot - size, 2 * devicePixelRatio, size);
      }
    }
  }
}
