// What was seen on a round and is not sent yet, kept by the browser itself (IndexedDB): it outlives a page that is
// closed and a phone that is switched off. In the order in which it was seen.

export type State = "waiting" | "refused";

export interface Kept {
  seq?: number;
  key: string; // the sender's own: sent twice, kept once
  who: string; // user name of who saw it; nobody else sends it
  round: string;
  place: string; // "stop/item" that it answers; empty: none
  action: string;
  fields: [string, string][];
  photo: Blob | null;
  shown: string;
  seen_ms: number;
  state: State;
  why: string;
}

const STORE = "seen";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("isotherm-rounds", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no store"));
  });
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
      transaction.onabort = transaction.onerror;
    });
  } finally {
    database.close();
  }
}

export const keep = (seen: Kept): Promise<IDBValidKey> => within("readwrite", (store) => store.put(seen));
export const all = (): Promise<Kept[]> => within("readonly", (store) => store.getAll() as IDBRequest<Kept[]>);
export const forget = (seq: number): Promise<undefined> => within("readwrite", (store) => store.delete(seq));

export function newKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join("-");
}
