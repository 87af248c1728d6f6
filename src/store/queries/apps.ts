import { type Expression, type SqlBool, sql } from 'kysely'

const NUMBER = /^\d{1,10}$/

/** Whether an app, as `app_of` gives it, is the one that is meant: by its number, its origin or its title. */
export function isApp(app: Expression<unknown>, meant: string): Expression<SqlBool> {
  if (meant === '') return sql<SqlBool>`${app} = ''`
  if (NUMBER.test(meant)) return sql<SqlBool>`app_number(${app}) = ${meant}::bigint`
  return sql<SqlBool>`${meant} IN (split_part(${app}, E'\n', 1), split_part(${app}, E'\n', 2))`
}
