import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const backend = process.env["EVAL_KANBAN_DEV_SERVER"] ?? "http://127.0.0.1:9847";

export default defineConfig({
  plugins: [react({ compiler: true }), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    // The page's policy allows no data: fonts, and hashed files are cached for ever anyway.
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      // The server takes a page of its own origin only.
      "/api": { target: backend, changeOrigin: true, headers: { Origin: backend } },
      "/ws": { target: backend, changeOrigin: true, headers: { Origin: backend }, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
    // jsdom answers queries by role slowly, and other builds may share the machine.
    testTimeout: 30_000,
  },
});
