// Bundles the islands and the style sheet into static/dist, each under a name with its hash, and writes manifest.json
// (logical name -> hashed name) for assets.py.
import { gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const OUT = "static/dist";
const SCRIPT_LIMIT = 60_000; // bytes of script on a first load, gzip

// A server that runs goes on handing out what it found at its start: files of earlier builds stay for a while.
const DAY_MS = 86_400_000;
mkdirSync(OUT, { recursive: true });
for (const name of readdirSync(OUT)) {
  if (Date.now() - statSync(`${OUT}/${name}`).mtimeMs > DAY_MS) rmSync(`${OUT}/${name}`);
}

const { metafile } = await build({
  entryPoints: ["islands/app.ts", "islands/trend-chart.ts", "islands/camera-scan.ts", "islands/round-walk.ts", "islands/round-worker.ts", "static/app.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  sourcemap: true,
  sourcesContent: false,
  legalComments: "linked",
  entryNames: "[name]-[hash]",
  outdir: OUT,
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
let script = 0;
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (!entryPoint) continue;
  const extension = file.endsWith(".css") ? "css" : "js";
  const logical = `${basename(entryPoint).replace(/\.(ts|css)$/, "")}.${extension}`;
  manifest[logical] = basename(file);
  const size = gzipSync(readFileSync(file)).length;
  if (extension === "js") script += size;
  console.log(`${logical.padEnd(16)} ${(size / 1000).toFixed(1)} kB gzip`);
}
writeFileSync(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
if (script > SCRIPT_LIMIT) {
  console.error(`scripts weigh ${script} bytes (gzip), more than ${SCRIPT_LIMIT}`);
  process.exit(1);
}
