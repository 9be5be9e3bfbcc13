// Writes readings into the page in place: every element with data-point follows its point. The server has drawn it
// first, with limits, unit and words; here only the number, its state and the pointer of the indicator change.

import { fixed, hear, isBad, isGood, plantNow, type Reading } from "./readings";

type State = "good" | "out" | "uncertain" | "bad" | "old";

function number(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}

function stateOf(node: HTMLElement | SVGElement, value: number | null, quality: number): State {
  const low = number(node.dataset["low"]);
  const high = number(node.dataset["high"]);
  if (value === null || isBad(quality)) return "bad";
  const digits = Number(node.dataset["digits"] ?? 1);
  const shown = Number(value.toFixed(digits));
  if ((low !== undefined && shown < low) || (high !== undefined && shown > high)) return "out";
  return isGood(quality) ? "good" : "uncertain";
}

function spoken(node: HTMLElement, value: number | null): string {
  if (value === null) return "–";
  const word = node.dataset[`word${value}`];
  return word ?? fixed(value, Number(node.dataset["digits"] ?? 1));
}

function write(node: HTMLElement, [, timeMs, value, quality]: Reading): void {
  const text = node.querySelector(".v");
  if (text) text.textContent = spoken(node, value);
  node.dataset["state"] = stateOf(node, value, quality);
  node.dataset["at"] = String(timeMs);
}

function point(node: SVGElement, [, , value, quality]: Reading): void {
  const from = Number(node.dataset["from"]);
  const to = Number(node.dataset["to"]);
  node.dataset["state"] = stateOf(node, value, quality);
  if (value === null) return;
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  node.querySelector(".pointer")?.setAttribute("transform", `translate(${(share * 200).toFixed(1)} 0)`);
}

/** How old each shown reading is, once a second; one older than its point allows is marked as old. */
function age(): void {
  const now = plantNow();
  for (const node of document.querySelectorAll<HTMLElement>(".reading[data-at]")) {
    const seconds = Math.max(0, Math.round((now - Number(node.dataset["at"])) / 1e3));
    const stale = number(node.dataset["stale"]);
    if (stale !== undefined && seconds > stale && node.dataset["state"] !== "bad") node.dataset["state"] = "old";
    const shown = node.closest("tr")?.querySelector(".age");
    if (shown) shown.textContent = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  }
}

export function followReadings(): void {
  hear((readings) => {
    const latest = new Map(readings.map((reading) => [String(reading[0]), reading]));
    for (const node of document.querySelectorAll<HTMLElement | SVGElement>("[data-point]")) {
      const reading = latest.get(node.dataset["point"] ?? "");
      if (!reading) continue;
      if (node instanceof SVGElement) point(node, reading);
      else write(node, reading);
    }
  }, new AbortController().signal);
  window.setInterval(age, 1_000);
}
