// A round on a phone. What is seen is kept in the phone first and sent from there, at once where there is a network and
// later where there is none; the bar on top says how much still waits. Without this script the same forms are sent as
// they are. The server judges: what the phone checks itself only spares a way back.

import { all, forget, keep, newKey, type Kept } from "./round-queue";
import { stamped } from "./round-photo";

const AGAIN_MS = 5_000;
const OWN = new Set(["csrf_token", "idempotency_key", "photo"]);

class RoundWalk extends HTMLElement {
  private timer = 0;
  private sending = false;
  private csrf = "";
  private signIn = false;
  private readonly wake = (): void => void this.send();
  private readonly caught = (event: SubmitEvent): void => this.submitted(event);

  connectedCallback(): void {
    this.csrf = this.dataset["csrf"] ?? "";
    this.setAttribute("role", "status");
    document.addEventListener("submit", this.caught);
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.timer = window.setInterval(this.wake, AGAIN_MS);
    void installWorker();
    void this.show().then(this.wake);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
    document.removeEventListener("submit", this.caught);
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["queue"] === undefined) return;
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    const wrong = this.wrong(form, button);
    const field = form.querySelector<HTMLInputElement>(wrong?.field ?? "input:not([type=hidden]), select");
    field?.setCustomValidity(wrong?.why ?? "");
    if (wrong) {
      const closed = field?.closest("details");
      if (closed) closed.open = true;
      field?.reportValidity();
      field?.addEventListener("input", () => field.setCustomValidity(""), { once: true });
      return;
    }
    void this.take(form, button);
  }

  /** What the server would refuse, said while the person still stands there. */
  private wrong(form: HTMLFormElement, button: HTMLButtonElement | null): { field: string; why: string } | null {
    const value = (name: string): string => form.querySelector<HTMLInputElement>(`[name="${name}"]:not(button)`)?.value.trim() ?? "";
    const stop = form.closest<HTMLElement>("[data-stop]");
    if (form.dataset["queue"] === "start") {
      const label = value("text");
      if (!label) return value("reason") ? null : { field: '[name="text"]', why: this.text("wrong") };
      const path = stop?.dataset["path"] ?? "";
      const known = [path, path.split("/").slice(1).join("/")];
      const page = /\/maintenance\/machines\/(\d+)\/?$/.exec(label);
      return (page ? page[1] === stop?.dataset["machine"] : known.includes(label)) ? null : { field: '[name="text"]', why: this.text("wrong") };
    }
    if (form.dataset["queue"] !== "entry") return null;
    const photo = form.querySelector<HTMLInputElement>('[name="photo"]')?.files?.length ?? 0;
    if (failed(form, button) && !photo && !value("note")) return { field: '[name="note"]', why: this.text("proof") };
    return !photo && form.closest("[data-picture]") ? { field: '[name="photo"]', why: this.text("picture") } : null;
  }

  private async take(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
    const data = new FormData(form);
    if (button?.name) data.set(button.name, button.value);
    const fields: [string, string][] = [];
    for (const [name, value] of data) if (typeof value === "string" && !OWN.has(name)) fields.push([name, value]);
    const now = new Date();
    const place = form.closest<HTMLElement>("[data-item]")?.dataset["item"] ?? "";
    const about = form.closest("[data-item]")?.querySelector("strong")?.textContent ?? "";
    const machine = form.closest("[data-stop]")?.querySelector("h2")?.textContent ?? "";
    const file = data.get("photo");
    const told = `${now.toLocaleString()} · ${machine} · ${about} · ${this.dataset["who"] ?? ""}`;
    const photo = file instanceof File && file.size ? await stamped(file, told) : null;
    const seen: Kept = { key: newKey(), who: this.dataset["who"] ?? "", round: form.closest<HTMLElement>("[data-round]")?.dataset["round"] ?? "", place, action: form.action, fields, photo, shown: button?.name ? button.textContent ?? "" : data.get("value")?.toString() ?? data.get("text")?.toString() ?? "", seen_ms: now.getTime(), state: "waiting", why: "" };
    try {
      await keep(seen);
    } catch {
      this.dataset["state"] = "refused";
      this.textContent = this.text("nostore");
      HTMLFormElement.prototype.submit.call(form); // where the browser keeps nothing the form goes as it is
      return;
    }
    if (form.dataset["queue"] === "start") arrive(form);
    form.reset();
    await this.show();
    await this.send();
  }

  private async send(): Promise<void> {
    if (this.sending || document.visibilityState === "hidden") return;
    this.sending = true;
    let sent = 0;
    try {
      for (const seen of await all()) {
        if (seen.state !== "waiting" || seen.who !== this.dataset["who"]) continue;
        const answer = await this.post(seen);
        if (answer === "later") break;
        sent += answer === "taken" ? 1 : 0;
        await this.show();
      }
      if (sent) await this.refresh();
    } finally {
      this.sending = false;
      await this.show();
    }
  }

  /** One message. `later`: there is no network, the server is not there, or nobody is signed in. */
  private async post(seen: Kept): Promise<"taken" | "refused" | "later"> {
    const body = new FormData();
    for (const [name, value] of seen.fields) body.append(name, value);
    if (seen.photo) body.append("photo", seen.photo, "photo.jpg");
    const told = { csrf_token: this.csrf, key: seen.key, seen_ms: String(seen.seen_ms), sent_ms: String(Date.now()) };
    for (const [name, value] of Object.entries(told)) body.append(name, value);
    let answer: Response;
    try {
      answer = await fetch(seen.action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual", credentials: "same-origin" });
    } catch {
      return "later";
    }
    this.signIn = answer.headers.has("HX-Redirect");
    if (this.signIn || answer.status === 403 && (await this.renewed()) || answer.status === 429 || answer.status >= 500) return "later";
    if (answer.type === "opaqueredirect" || answer.ok) {
      if (seen.seq !== undefined) await forget(seen.seq);
      return "taken";
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    await keep({ ...seen, state: "refused", why: page.body.textContent?.trim().replace(/\s+/g, " ") ?? String(answer.status) });
    return "refused";
  }

  /** Whether another session has begun meanwhile, whose token is to be shown. Nobody's words are sent by another. */
  private async renewed(): Promise<boolean> {
    const told = (await this.page())?.querySelector<HTMLElement>("round-walk")?.dataset;
    this.signIn = told !== undefined && told["who"] !== this.dataset["who"];
    if (this.signIn) return true;
    const csrf = told?.["csrf"];
    const is = csrf !== undefined && csrf !== this.csrf;
    if (csrf !== undefined) this.csrf = csrf;
    return is;
  }

  private async page(): Promise<Document | null> {
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin" });
      return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    } catch {
      return null;
    }
  }

  /** What the server says now, in place of what stood there; not under the hands of somebody who types. */
  private async refresh(): Promise<void> {
    const here = document.getElementById("round-body");
    const typed = here && [...here.querySelectorAll("input, textarea")].some((field) => (field as HTMLInputElement).type !== "hidden" && (field as HTMLInputElement).value !== (field as HTMLInputElement).defaultValue);
    if (!here || typed) return;
    const fresh = (await this.page())?.getElementById("round-body");
    if (fresh) here.replaceChildren(...fresh.childNodes);
  }

  private async show(): Promise<void> {
    const kept = await all();
    const own = kept.filter((seen) => seen.who === this.dataset["who"]);
    const waiting = own.filter((seen) => seen.state === "waiting");
    const refused = own.filter((seen) => seen.state === "refused");
    const others = kept.length - own.length;
    this.dataset["state"] = refused.length ? "refused" : waiting.length ? "waiting" : "sent";
    this.dataset["count"] = String(waiting.length);
    const lines = [waiting.length ? this.text(this.signIn ? "signin" : "waiting", waiting.length) : "", refused.length ? this.text("refused", refused.length) : "", others ? this.text("others", others) : ""].filter(Boolean);
    this.replaceChildren(lines.join(" · ") || this.text("sent"), ...refused.map((seen) => this.refusedLine(seen)));
    this.mark(waiting);
  }

  private refusedLine(seen: Kept): HTMLElement {
    const line = document.createElement("p");
    const back = document.createElement("button");
    line.textContent = `${seen.shown}: ${seen.why} `;
    back.type = "button";
    back.textContent = this.text("back");
    back.addEventListener("click", () => void (seen.seq === undefined ? Promise.resolve() : forget(seen.seq)).then(() => this.show()));
    line.append(back);
    return line;
  }

  private mark(waiting: Kept[]): void {
    for (const item of document.querySelectorAll<HTMLElement>("[data-item]")) {
      const own = waiting.filter((seen) => seen.place === item.dataset["item"] && seen.round === item.closest<HTMLElement>("[data-round]")?.dataset["round"]).at(-1);
      item.toggleAttribute("data-waiting", own !== undefined);
      const place = item.querySelector("[data-seen]");
      let note = item.querySelector("[data-kept]");
      if (own && place && !note) {
        note = document.createElement("span");
        note.setAttribute("data-kept", "");
        place.append(note);
      }
      if (own && note) note.textContent = `${own.shown} · ${this.text("kept")}`;
      else note?.remove();
    }
    for (const start of waiting.filter((seen) => seen.action.endsWith("/starts"))) {
      const stop = start.fields.find(([name]) => name === "stop")?.[1];
      document.querySelector(`[data-round="${start.round}"] [data-stop="${stop}"] fieldset`)?.removeAttribute("disabled");
    }
  }

  private text(name: string, n?: number): string {
    return (this.dataset[name] ?? "").replace("{n}", String(n ?? ""));
  }
}

/** Whether the answer that is being given is not in order. */
function failed(form: HTMLFormElement, button: HTMLButtonElement | null): boolean {
  if (button?.value === "not_ok") return true;
  const field = form.querySelector<HTMLInputElement | HTMLSelectElement>('[name="value"]:not(button)');
  if (field?.dataset["accepted"] !== undefined) return !field.dataset["accepted"].split("|").includes(field.value);
  const number = Number(field?.value.replace(",", "."));
  const beyond = (limit: string | undefined, side: number): boolean => limit !== undefined && side * (number - Number(limit)) > 0;
  return field !== null && (beyond(field.dataset["high"], 1) || beyond(field.dataset["low"], -1));
}

function arrive(form: HTMLFormElement): void {
  form.closest("[data-stop]")?.querySelector("fieldset")?.removeAttribute("disabled");
  form.closest<HTMLDetailsElement>("details[data-scan]")?.removeAttribute("open");
}

/** The worker opens rounds without a network; where the browser allows none (plain http), a page that is open goes on. */
async function installWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/rounds/worker.js", { scope: "/rounds" });
  const ready = await navigator.serviceWorker.ready;
  const files = [...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>("script[src], link[rel=stylesheet]")];
  const rounds = [...document.querySelectorAll<HTMLAnchorElement>('.dispatch a[href^="/rounds/"]')].map((link) => link.href);
  ready.active?.postMessage({ keep: [location.pathname, ...rounds, ...files.map((each) => ("src" in each ? each.src : each.href))] });
}

customElements.define("round-walk", RoundWalk);
