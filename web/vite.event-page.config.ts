import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { forAllPages } from './vite.config.ts';

/**
 * Makes the browser wait for the page's script before it draws for the first time. Without this, a slow phone spends
 * time on the style and layout of an empty page just before the script draws the real one. Vite drops the attribute if
 * it stands in the HTML source. Browsers that don't know the attribute ignore it.
 */
const drawOnce: Plugin = {
  name: 'draw-once',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '$& blocking="render"'),
  },
};

/** Builds the page for users. */
export default defineConfig(onPreact({ index: `${import.meta.dirname}/index.html` }));

/** Settings for pages whose components run on Preact, a small library with React's interface. */
export function onPreact(input: Record<string, string>): UserConfig {
  const { build, ...settings } = forAllPages(input);
  return {
    ...settings,
    build: {
      ...build,
      rolldownOptions: {
        ...build?.rolldownOptions,
        output: {
          // With this comment, Chromium compiles the page's script in the background while it loads, instead of each
          // function at its first call. Other browsers ignore the comment.
          postBanner: ({ isEntry }) => (isEntry ? '//# allFunctionsCalledOnLoad' : ''),
        },
      },
    },
    plugins: [drawOnce],
    resolve: {
      alias: [
        { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
        { find: /^react-dom$/, replacement: 'preact/compat' },
        { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
        { find: /^react$/, replacement: 'preact/compat' },
      ],
    },
  };
}
