import tseslint from 'typescript-eslint';

/**
 * Imports flow one way: core <- api, worker, admin-cli; web takes types of api, and of core what writes files, the list of
 * an event's fields and the rules of money; scripts and tests may import all. Whatever the language of a file, and however it imports: statically, while it runs, or a type alone.
 */
const fence = (folder, forbidden, { files = [`${folder}/**/*.{ts,tsx,js,mjs,cjs}`], ignores = [] } = {}) => {
  const message = `${folder}/ may not import these.`;
  const regex = `^\\.{1,2}/(.*/)?(${forbidden.join('|')})`;
  // In a selector a slash would end the expression.
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
  fence('core', ['api/', 'worker/', 'admin-cli/', 'web/', 'proof/', 'scripts/', 'tests/']),
  fence('api', ['worker/', 'admin-cli/', 'web/', 'proof/', 'scripts/', 'tests/']),
  fence('worker', ['api/', 'admin-cli/', 'web/', 'proof/', 'scripts/', 'tests/']),
  fence('admin-cli', ['api/', 'worker/', 'web/', 'proof/', 'scripts/', 'tests/'], { ignores: ['admin-cli/bin.js'] }),
  // The command itself begins in whatever Node npm finds, and starts the rest as all commands of this project are started.
  fence('admin-cli', ['api/', 'worker/', 'web/', 'core/', 'proof/', 'tests/', 'scripts/(?!bootstrap\\.mjs$)'], {
    files: ['admin-cli/bin.js'],
  }),
  fence('web', ['worker/', 'admin-cli/', 'proof/', 'scripts/', 'tests/']),
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
                '/core/(?!claims/claims-file\\.ts$|metrics/figures-(csv|prom)\\.ts$|events/event-fields\\.ts$|money/)',
              message:
                'web/ may import from core/ only what writes exports, the list of an event’s fields and the rules of money, so that they are the same at each door.',
            },
            { group: ['node:*'], message: 'web/ runs in browsers.' },
          ],
        },
      ],
    },
  },
  // A browser loads this one as it is.
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['web/public/**/*.js'] })),
  // Artillery loads these in its own threads: plain JavaScript, without types to lint by.
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['load/*.js'] })),
  {
    files: ['load/*.js'],
    languageOptions: { globals: { Buffer: 'readonly', process: 'readonly', setInterval: 'readonly' } },
    rules: {
      'no-console': 'error',
      'no-undef': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['../**'], message: 'load/ speaks HTTP only, and imports nothing of ours.' }] },
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
  { files: ['proof/**/*.ts', 'scripts/**/*.ts', 'tests/**/*.ts'], rules: { 'no-console': 'off' } },
);
