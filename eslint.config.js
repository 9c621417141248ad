import tseslint from 'typescript-eslint';

/**
 * Imports flow one way: core <- api, worker, admin-cli. web may import types from api. From core, web may import the code
 * that writes export files, the list of event fields, the check for unusual values, and the money rules. proof, bench,
 * load, scripts and tests may import everything. The rules apply to TypeScript and JavaScript, and to static imports,
 * dynamic imports and type imports.
 */
const fence = (folder, forbidden, { files = [`${folder}/**/*.{ts,tsx,js,mjs,cjs}`], ignores = [] } = {}) => {
  const message = `${folder}/ must not import this module. eslint.config.js lists what each folder may import.`;
  const regex = `^\\.{1,2}/(.*/)?(${forbidden.join('|')})`;
  // In an ESLint selector, a slash would end the regular expression.
  const inSelector = `/${regex.replaceAll('/', '\\u002f')}/`;
  const otherwise = ['ImportExpression', 'TSImportType', 'CallExpression[callee.name=require]'].map((kind) => ({
    selector: `${kind} Literal[value=${inSelector}]`,
    message,
  }));
  return {
    files,
    ignores,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex, message }] }],
      'no-restricted-syntax': ['error', ...otherwise],
    },
  };
};

/** Folders with tools and tests, which are not part of the product. */
const tools = ['proof/', 'bench/', 'load/', 'scripts/', 'tests/'];

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      '.data*',
      'prisma/generated',
      'docs',
      'tests/web/screenshots',
      'tests/rest-client',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  fence('core', ['api/', 'worker/', 'admin-cli/', 'web/', ...tools]),
  fence('api', ['worker/', 'admin-cli/', 'web/', ...tools]),
  fence('worker', ['api/', 'admin-cli/', 'web/', ...tools]),
  fence('admin-cli', ['api/', 'worker/', 'web/', ...tools], { ignores: ['admin-cli/bin.js'] }),
  // This file runs in the Node version that npm finds. Like every command here, it starts the rest through bootstrap.mjs.
  fence(
    'admin-cli',
    [
      'api/',
      'worker/',
      'web/',
      'core/',
      ...tools.filter((tool) => tool !== 'scripts/'),
      'scripts/(?!bootstrap\\.mjs$)',
    ],
    {
      files: ['admin-cli/bin.js'],
    },
  ),
  fence('web', ['worker/', 'admin-cli/', ...tools]),
  {
    files: ['web/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/api/**'], allowTypeImports: true, message: 'web/ may import only types from api/.' },
            {
              regex:
                '/core/(?!claims/claims-file\\.ts$|runtime/csv\\.ts$|metrics/figures-(csv|prom)\\.ts$|events/(event|event-fields|page-url|unusual)\\.ts$|money/|messages/|compare/drift-kind\\.ts$)',
              message:
                'From core/, web/ may import only the code that writes exports, the list of event fields, the checks of links and of unusual values, and the money rules. The pages, the API and the CLI then follow the same rules.',
            },
            {
              regex: '/core/(messages/|compare/drift-kind\\.ts$)',
              allowTypeImports: true,
              message:
                'web/ may import only types of messages, so that the code does not compile if a language lacks a sentence.',
            },
            { group: ['node:*'], message: 'web/ runs in browsers.' },
          ],
        },
      ],
    },
  },
  // Browsers load these files directly, without a build.
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['web/public/**/*.js'] })),
  // Code that imports the packages of bench/ or load/ is plain JavaScript, because the types of these packages are missing
  // until somebody installs the packages.
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['bench/**/*.js', 'load/*.js'] })),
  {
    files: ['load/*.js'],
    languageOptions: { globals: { Buffer: 'readonly', process: 'readonly', setInterval: 'readonly' } },
    rules: {
      'no-console': 'error',
      'no-undef': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['../**'],
              message:
                'The scripts that Artillery runs reach the system over HTTP only and must not import the project’s code.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['core/**/*.ts', 'api/**/*.ts', 'worker/**/*.ts', 'admin-cli/**/*.ts'],
    ignores: ['**/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only main.ts reads the environment; pass values in.' },
      ],
    },
  },
  {
    files: ['proof/**/*.ts', 'bench/**/*.ts', 'load/**/*.ts', 'scripts/**/*.ts', 'tests/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
