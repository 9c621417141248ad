import { defineConfig, type UserConfig } from 'vite';
import { forAllPages } from './vite.config.ts';

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
