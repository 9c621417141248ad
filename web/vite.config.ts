import { defineConfig } from 'vite';

/** Each page is an HTML file here, and an input below. */
export default defineConfig({
  root: import.meta.dirname,
  appType: 'mpa',
  logLevel: 'warn',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // Styles and icons as files: the pages' Content-Security-Policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: `${import.meta.dirname}/index.html`, admin: `${import.meta.dirname}/admin.html` },
      onLog: (level, log, handle) => {
        // "use client" means something to servers that render, and nothing to a bundle for browsers.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
});
