import { defineConfig } from 'vite';
import { forAllPages } from './vite.config.ts';

/**
 * The page for users. It is built apart from the console, because its components run on Preact, a small library with
 * React's interface.
 */
export default defineConfig({
  ...forAllPages({ index: `${import.meta.dirname}/index.html` }),
  resolve: {
    alias: [
      { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
      { find: /^react-dom$/, replacement: 'preact/compat' },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react$/, replacement: 'preact/compat' },
    ],
  },
});
