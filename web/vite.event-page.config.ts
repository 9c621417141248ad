import { defineConfig } from 'vite';
import { forAllPages } from './vite.config.ts';

const { build, ...settings } = forAllPages({ index: `${import.meta.dirname}/index.html` });

/**
 * The page for users. It is built apart from the console, because its components run on Preact, a small library with
 * React's interface.
 */
export default defineConfig({
  ...settings,
  build: {
    ...build,
    rolldownOptions: {
      ...build?.rolldownOptions,
      output: {
        // Chromium then compiles the page's script in the background, while it loads, instead of each function at its
        // first call. Other browsers see a comment.
        postBanner: ({ isEntry }) => (isEntry ? '//# allFunctionsCalledOnLoad' : ''),
      },
    },
  },
  resolve: {
    alias: [
      { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
      { find: /^react-dom$/, replacement: 'preact/compat' },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react$/, replacement: 'preact/compat' },
    ],
  },
});
