/** Where code may run, and who may know whom. See docs/architecture.md. */
const engine = '^src/main/engine/';
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shared-is-alone',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^src/(?!shared/)' },
    },
    {
      name: 'shared-is-pure',
      severity: 'error',
      from: { path: '^src/shared/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-without-ui',
      severity: 'error',
      from: { path: engine, pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/(renderer|preload|main/(shell|simulator|cli))/|^node_modules/(electron|react|react-dom)/',
      },
    },
    {
      name: 'threads-alone',
      severity: 'error',
      from: { path: '^src/main/threads/' },
      to: { path: '^src/(?!main/threads/)' },
    },
    {
      name: 'simulator-only-over-the-wire',
      comment: 'The demo pool may use the image readers for its disks; nothing else of the engine.',
      severity: 'error',
      from: { path: '^src/main/simulator/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(renderer|preload|main/(shell|cli|engine/(?!image/|block-io/)))' },
    },
    {
      name: 'renderer-is-sandboxed',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/(main|preload)/|^node_modules/electron/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-are-islands',
      severity: 'error',
      from: { path: '^src/renderer/features/([^/]+)/' },
      to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' },
    },
    {
      name: 'platform-knows-no-react',
      severity: 'error',
      from: { path: '^src/renderer/(platform|stores)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/renderer/(workbench|features|ui)/|^node_modules/(react|react-dom)/' },
    },
    {
      name: 'nbd-alone',
      severity: 'error',
      from: { path: `${engine}nbd/` },
      to: { path: `${engine}(?!nbd/|block-io/)` },
    },
    {
      name: 'image-alone',
      severity: 'error',
      from: { path: `${engine}image/` },
      to: { path: `${engine}(?!image/|block-io/)` },
    },
    {
      name: 'xapi-alone',
      severity: 'error',
      from: { path: `${engine}xapi/` },
      to: { path: `${engine}(?!xapi/)` },
    },
    {
      name: 'no-orphan-layers',
      severity: 'error',
      from: { path: '^src/main/engine/' },
      to: { path: '^test/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|test/bench/xo)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.css', '.d.ts'],
    },
  },
};
