import { defineConfig, type UserConfig } from 'vite';

/** The console. Each page has an HTML file here, and an entry in the inputs of one of the configurations. */
export default defineConfig(forAllPages({ admin: `${import.meta.dirname}/admin.html` }));

/** The settings that all pages share. They are built into the same folder, one configuration after the other. */
export function forAllPages(input: Record<string, string>): UserConfig {
  return {
    root: import.meta.dirname,
    appType: 'mpa',
    logLevel: 'warn',
    build: {
      outDir: '../dist/web',
      emptyOutDir: false,
      target: 'es2022',
      // Emit styles and icons as files, because the pages' Content-Security-Policy allows nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // The console is larger, with its component library. A test limits the size of the page for users.
      chunkSizeWarningLimit: 900,
      rolldownOptions: {
        input,
        onLog: (level, log, handle) => {
          // "use client" matters only to server rendering, so ignore it in a bundle for browsers.
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
        },
      },
    },
  };
}
