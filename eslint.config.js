import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/', '.cache/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Empty until every family's file has declared its name in it.
      '@typescript-eslint/no-empty-object-type': ['error', { allowWithName: 'ArchitectureNames' }],
      '@typescript-eslint/no-floating-promises': 'error',
      eqeqeq: 'error',
      'no-console': 'off',
      'max-lines-per-function': ['error', { max: 60 }],
      'no-restricted-syntax': [
        'error',
        {
          // A constructor can be private in no other way.
          selector: '[accessibility="private"]:not(MethodDefinition[kind="constructor"])',
          message: 'Private members are #names; a parameter of a constructor is assigned to one.',
        },
        {
          selector:
            'CallExpression > MemberExpression.callee[computed=true]:not([property.object.name="Symbol"])' +
            ':matches([object.type="ThisExpression"], [object.object.type="ThisExpression"])',
          message: 'A call that grep cannot follow: name the cases in a switch.',
        },
      ],
    },
  },
  // No `!`: a list is destructured or run through, and what may be missing is asked for.
  { files: ['src/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'error' } },
  {
    // Loops that index typed arrays within bounds that they keep themselves; in templates, also the
    // arguments that a signature demands.
    files: [
      'src/engine/{accept-draws,block-pool,pack-batch,postprocess,read-top,request-state,sequence,token-counts}.ts',
      'src/engine/control/repetition-watch.ts',
      'src/engine/speculation/{acceptance,text-drafts,text-index}.ts',
      'src/engine/text/{prefix-matcher,sequence-text,utf8-stream}.ts',
      'src/engine/grammar/{sequence-grammar,trigger-watch}.ts',
      'src/grammar/**/*.ts',
      'src/jinja/**/*.ts',
      'src/model/string-table.ts',
      'src/tokenizer/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // The only spelling of an import in a CommonJS module, which --require demands.
    files: ['**/*.cts'],
    rules: { '@typescript-eslint/no-require-imports': ['error', { allowAsImport: true }] },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: false, performance: false, process: false } },
  },
  {
    // tap's assertions return promises only for asynchronous subtests.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  // A test is as long as its story.
  { files: ['test/**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
);
