// Builds the widgets and their stylesheet into the Python package.
import { build } from "esbuild";

await build({
  entryPoints: ["src/browser.ts", "src/preview.ts", "src/flow.ts", "src/widgets.css"],
  outdir: "../atdata_nb/widgets/static",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
