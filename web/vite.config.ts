import { defineConfig, type UserConfig } from 'vite';

/**
 * Builds the console. Each page of `web/` is an HTML file in this folder, listed as an input of one of these
 * configurations.
 */
export default defineConfig(forAllPages({ admin: `${import.meta.dirname}/admin.html` }));

/** The settings that all pages share. The configurations run one after the other, and all write to the same folder. */
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
      // The console is larger because of its component library. A test limits the size of the page for users.
      chunkSizeWarningLimit: 900,
      rolldownOptions: {
        input,
        onLog: (level, log, handle) => {
          // "use client" matters only for server rendering, so don't warn about it.
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
        },
      },
    },
  };
}
