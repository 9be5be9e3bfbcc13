// <live-stream src>: the one EventSource of a tab. It tells readings to the page and shows whether they still come:
// a picture that has stopped must never look live.

import { CHANGED, plantNow, plantTime, plantZone, setPlantClock, tell, type Reading } from "./readings";

const SILENT_MS = 6_000; // no readings for so long: stale
const RETRY_MS = 3_000; // a stream that the browser gave up is opened again
const EVENTS = ["alarms", "excursions", "lots", "deviations", "maintenance", "lost"]; // after these a page looks again

interface Frame {
  at: string;
  points: Reading[];
}

class LiveStream extends HTMLElement {
  private source: EventSource | undefined;
  private lastMs = plantNow();
  private watch: number | undefined;
  private retry: number | undefined;

  connectedCallback(): void {
    this.open();
    this.watch = window.setInterval(() => this.look(), 1_000);
  }

  disconnectedCallback(): void {
    this.source?.close();
    window.clearInterval(this.watch);
    window.clearTimeout(this.retry);
  }

  private open(): void {
    const source = new EventSource(this.getAttribute("src") ?? "/api/live?topics=points,events");
    source.addEventListener("points", (event) => this.take(JSON.parse(event.data) as Frame));
    source.addEventListener("unavailable", () => this.show("stale"));
    for (const name of EVENTS) source.addEventListener(name, () => this.changed());
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.retry = window.setTimeout(() => this.open(), RETRY_MS);
    });
    this.source = source;
  }

  private take({ at, points }: Frame): void {
    const recovered = this.dataset["state"] === "stale";
    setPlantClock(at);
    this.lastMs = plantNow();
    tell(points);
    this.show("live");
    if (recovered) this.changed();
  }

  private changed(): void {
    document.body.dispatchEvent(new CustomEvent(CHANGED));
  }

  private look(): void {
    if (plantNow() - this.lastMs > SILENT_MS) this.show("stale");
  }

  private show(state: "live" | "stale"): void {
    const text = this.dataset[state] ?? state;
    const shown = `${text} ${plantTime(this.lastMs, plantZone())}`;
    if (this.textContent !== shown) this.textContent = shown;
    if (this.dataset["state"] === state) return;
    this.dataset["state"] = document.body.dataset["live"] = state;
  }
}

customElements.define("live-stream", LiveStream);
