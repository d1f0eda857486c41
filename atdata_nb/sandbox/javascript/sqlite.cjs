// Loaded before anything else (node -r): libsql, which is prebuilt on npm, stands in for
// better-sqlite3, which needs a compiler. It gives BLOBs as ArrayBuffer where the PDS wants Buffer.
const { createRequire } = require('node:module')

const Database = createRequire(require.resolve('@atproto/pds'))('better-sqlite3')

function withBuffers(row) {
  if (row && typeof row === 'object') {
    for (const column in row) {
      if (row[column] instanceof ArrayBuffer) row[column] = Buffer.from(row[column])
    }
  }
  return row
}

const prepare = Database.prototype.prepare
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql)
  const { all, get, iterate } = statement
  statement.all = (...values) => all.apply(statement, values).map(withBuffers)
  statement.get = (...values) => withBuffers(get.apply(statement, values))
  statement.iterate = function* (...values) {
    for (const row of iterate.apply(statement, values)) yield withBuffers(row)
  }
  return statement
}
