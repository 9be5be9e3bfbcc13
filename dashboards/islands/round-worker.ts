// The service worker of the rounds: their pages and what these need are kept as they were last seen, and shown where
// there is no network. It sends nothing itself; round-walk.ts does. Who signs out takes the pages out of the phone.

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface WorkerScope {
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "message", listener: (event: Extendable & { data: unknown }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

const worker = self as unknown as WorkerScope;
const PAGES = "isotherm-rounds-pages";
const FILES = "isotherm-rounds-files";
const PATIENCE_MS = 4_000;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (event) => {
  const asked = (event.data as { keep?: unknown } | null)?.keep;
  if (Array.isArray(asked)) event.waitUntil(Promise.allSettled(asked.map((address) => kept(new Request(String(address), { credentials: "same-origin" })))));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (address.pathname === "/rounds" || /^\/rounds\/\d+$/.test(address.pathname)) event.respondWith(page(request));
});

/** Built files never change under their name. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? kept(request);
}

async function page(request: Request): Promise<Response> {
  const name = new URL(request.url).pathname;
  const known = await (await caches.open(PAGES)).match(name);
  try {
    return await Promise.race([kept(request), ...(known ? [late()] : [])]);
  } catch (error) {
    if (known) return known;
    throw error;
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("the network is too slow")), PATIENCE_MS));
}

/** Fetch, and keep what came: pages by their path, whatever message their address brought. */
async function kept(request: Request): Promise<Response> {
  const answer = await fetch(request);
  const isFile = new URL(request.url).pathname.startsWith("/static/");
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") await caches.delete(PAGES);
  else if (answer.ok && !answer.redirected) {
    const shelf = await caches.open(isFile ? FILES : PAGES);
    await shelf.put(isFile ? request : new URL(request.url).pathname, answer.clone());
  }
  return answer;
}
