// The script of every page: htmx for forms and fragments, the live stream, values in place, the plant's clock.

import htmx from "htmx.org";
import "./live-stream";
import { followReadings } from "./live-values";
import { plantTime, plantZone } from "./readings";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.defaultFocusScroll = true;
// A refused form answers 4xx with the message that belongs above it: show it, and leave what was typed.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[2345]..", swap: true },
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

/** The message of a refused form must be seen and heard. */
function bringMessageIntoView(): void {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof HTMLElement && event.target.id === "messages") {
      event.target.focus();
      event.target.scrollIntoView({ block: "center" });
    }
  });
}

function runClock(): void {
  const clock = document.querySelector("[data-plant-clock]");
  if (clock) window.setInterval(() => (clock.textContent = plantTime(Date.now(), plantZone())), 1_000);
}

keepUnfolded();
bringMessageIntoView();
followReadings();
runClock();
