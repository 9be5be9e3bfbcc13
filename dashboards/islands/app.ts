// The script of every page: htmx for forms and fragments, the live stream, values in place, the plant's clock.

import htmx from "htmx.org";
import "./live-stream";
import { followReadings } from "./live-values";
import { plantNow, plantTime, plantZone } from "./readings";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.defaultFocusScroll = true;
// A refused form answers 4xx with a message: it goes above the page, and what was typed stays.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "[45]..", swap: true, target: "#messages", swapOverride: "innerHTML show:none" },
];

/** A fragment that is fetched again keeps what a person had unfolded. */
function keepUnfolded(): void {
  let open: string[] = [];
  document.addEventListener("htmx:beforeSwap", () => {
    open = [...document.querySelectorAll<HTMLDetailsElement>("details[id][open]")].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  });
}

/** Nothing is fetched anew under the hands of somebody who types. */
function leaveTypingAlone(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Element }>).detail;
    if (elt instanceof HTMLFormElement) return;
    const typed = [...elt.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")].some((field) => field.value !== field.defaultValue);
    if (typed || elt.querySelector("details.act[open]") || elt.contains(document.activeElement?.closest("form") ?? null)) event.preventDefault();
  });
}

/** What a refusal says about a field stands at the field as well, until the form is sent again. */
function tellAtFields(form: HTMLFormElement): void {
  for (const old of form.querySelectorAll("p.fault[data-told]")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const told of document.querySelectorAll<HTMLElement>("#messages [data-fields]")) {
    const names = told.dataset.fields?.split(" ") ?? [];
    const field = names.map((name) => form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]:not([type=hidden])`)).find((found) => found !== null);
    if (!field) continue;
    const fault = document.createElement("p");
    fault.className = "fault";
    fault.dataset.told = "";
    fault.textContent = told.textContent;
    (field.closest("label") ?? field).after(fault);
    field.setAttribute("aria-invalid", "true");
  }
}

/** The message of a refused form must be seen and heard, and the next try is a new one. */
function bringMessageIntoView(): void {
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>).detail;
    if (xhr.status < 400 || !(elt instanceof HTMLFormElement)) return;
    const key = elt.querySelector<HTMLInputElement>("input[name=idempotency_key]");
    if (key) key.value = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
    tellAtFields(elt);
    document.getElementById("messages")?.focus({ preventScroll: true }); // it sticks to the top of the view
  });
}

/** A message came once, in the address: loading the page again must not tell it again. */
function forgetMessage(): void {
  const address = new URL(location.href);
  for (const name of ["done", "refused", "guard"]) address.searchParams.delete(name);
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

/** Groups of the rail stay as they were left; the server reads the cookie, so that no page is drawn twice. */
function rememberRail(): void {
  document.addEventListener("toggle", (event) => {
    if (!(event.target instanceof HTMLDetailsElement) || event.target.dataset.rail === undefined) return;
    const groups = [...document.querySelectorAll<HTMLDetailsElement>("details[data-rail]")];
    const open = groups.filter((group) => group.open && group.dataset.here === undefined).map((group) => group.dataset.rail);
    document.cookie = `rail=${open.join(".")}; path=/; max-age=31536000; samesite=lax`;
  }, true);
}

function runClock(): void {
  window.setInterval(() => {
    const clock = document.querySelector("[data-plant-clock]"); // a form's answer brings a new one
    if (clock) clock.textContent = plantTime(plantNow(), plantZone());
  }, 1_000);
}

keepUnfolded();
leaveTypingAlone();
bringMessageIntoView();
forgetMessage();
document.addEventListener("htmx:pushedIntoHistory", forgetMessage);
rememberRail();
followReadings();
runClock();
