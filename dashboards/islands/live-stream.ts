// <live-stream src>: the one EventSource of a tab. It tells readings to the page and shows whether they still come:
// a picture that has stopped must never look live.

import { CHANGED, plantTime, plantZone, tell, type Reading } from "./readings";

const SILENT_MS = 8_000; // no readings for so long: stale
const RETRY_MS = 3_000; // a stream that the browser gave up is opened again

class LiveStream extends HTMLElement {
  private source: EventSource | undefined;
  private lastMs = Date.now();
  private watch: number | undefined;

  connectedCallback(): void {
    this.open();
    this.watch = window.setInterval(() => this.look(), 1_000);
  }

  disconnectedCallback(): void {
    this.source?.close();
    window.clearInterval(this.watch);
  }

  private open(): void {
    const source = new EventSource(this.getAttribute("src") ?? "/live");
    source.addEventListener("values", (event) => this.take(JSON.parse(event.data) as { values: Reading[] }));
    source.addEventListener("changed", () => document.body.dispatchEvent(new CustomEvent(CHANGED)));
    source.addEventListener("error", () => {
      this.show("stale");
      if (source.readyState === EventSource.CLOSED) window.setTimeout(() => this.open(), RETRY_MS);
    });
    this.source = source;
  }

  private take({ values }: { values: Reading[] }): void {
    if (values.length === 0) return;
    const recovered = document.body.dataset["live"] === "stale";
    this.lastMs = Date.now();
    tell(values);
    this.show("live");
    if (recovered) document.body.dispatchEvent(new CustomEvent(CHANGED));
  }

  private look(): void {
    if (Date.now() - this.lastMs > SILENT_MS) this.show("stale");
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
