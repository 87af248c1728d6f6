/** Who may import whom: the single source of truth is the table, which ARCHITECTURE.md quotes and `tools/tidy.ts` compares. */
const { Visitor } = require('@swc/core/Visitor.js')
const { mayImport, ownedPackages } = require('./tools/import-table.json')

// The visitor that dependency-cruiser walks the tree with throws at a `using` declaration, which its parser reads.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  statement.decls = this.visitVariableDeclarators(statement.decls)
  return statement
}

const TEST_FILE = '[.]test[.]ts$'
const folder = (name) => `^src/${name}(/|[.]ts$)`
const npm = (names) => `node_modules/(${names.join('|')})/`
const restricted = Object.entries(mayImport).filter(([, allowed]) => Array.isArray(allowed))

module.exports = {
  forbidden: [
    ...restricted.map(([name, allowed]) => ({
      name: `${name}-imports`,
      severity: 'error',
      from: { path: folder(name) },
      to: { path: '^src/', pathNot: [name, ...allowed].map(folder) },
    })),
    ...Object.entries(ownedPackages).map(([owner, names]) => ({
      name: `only-${owner}-imports-${names[0]}`,
      severity: 'error',
      from: { path: '^src/', pathNot: [folder(owner), TEST_FILE] },
      to: { path: npm(names), ...(owner === 'store' ? { dependencyTypesNot: ['type-only'] } : {}) },
    })),
    {
      name: 'hot-path-never-reaches-the-database',
      severity: 'error',
      from: { path: '^src/gateway/', pathNot: TEST_FILE },
      to: { path: [folder('store'), npm(ownedPackages.store)], reachable: true },
    },
    {
      name: 'dialects-do-no-io',
      comment: 'Wire formats, rules and the contract are pure: no sockets, no files, no timers of their own.',
      severity: 'error',
      from: { path: '^src/(dialects|domain|contract)/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'contract-imports-only-zod',
      severity: 'error',
      from: { path: '^src/contract/', pathNot: TEST_FILE },
      to: { path: 'node_modules', pathNot: npm(['zod']) },
    },
    {
      name: 'dashboard-sees-only-the-contract',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^src/', pathNot: folder('contract') },
    },
    {
      name: 'server-never-imports-dashboard',
      comment: 'Nor tests or tools: what runs in production is in src.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_FILE },
      to: { path: '^(dashboard|test|tools)/' },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { pathNot: folder('main') },
      to: { path: folder('main') },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(src|dashboard)/', pathNot: [TEST_FILE, folder('main')] },
      to: {},
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/bench/node_modules' },
    tsPreCompilationDeps: true,
    // dependency-cruiser reads TypeScript below 7 only; with 7 alone it finds no modules and calls that clean.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
