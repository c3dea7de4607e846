/** Going through a checked tree, and making a changed one. */
import type { Expression, QueryNode, Relation } from './checked.ts'

/** The expressions of one query, without those of sub-queries in FROM or in expressions. */
export function expressionsOf(query: QueryNode): readonly Expression[] {
  const order = query.orderBy.map((item) => item.value)
  const { body } = query
  if (body.kind === 'set') return order
  const found = [...body.columns.map((column) => column.value), ...body.from.flatMap(onConditions), ...order]
  if (body.where !== undefined) found.push(body.where)
  if (body.having !== undefined) found.push(body.having)
  return [...found, ...(body.groupBy ?? [])]
}

function onConditions(relation: Relation): Expression[] {
  if (relation.kind !== 'join') return []
  const inner = [...onConditions(relation.left), ...onConditions(relation.right)]
  return relation.on === undefined ? inner : [...inner, relation.on]
}

/** Visits a query and every query in it. */
export function walkQueries(query: QueryNode, visit: (query: QueryNode) => void): void {
  const inExpression = (expression: Expression): void => {
    for (const part of expression.args) inExpression(part)
    if ('query' in expression) walkQueries(expression.query, visit)
  }
  const inRelation = (relation: Relation): void => {
    if (relation.kind === 'derived') walkQueries(relation.query, visit)
    if (relation.kind !== 'join') return
    inRelation(relation.left)
    inRelation(relation.right)
  }
  visit(query)
  for (const table of query.with) walkQueries(table.query, visit)
  expressionsOf(query).forEach(inExpression)
  const { body } = query
  if (body.kind === 'set') for (const side of [body.left, body.right]) walkQueries(side, visit)
  else body.from.forEach(inRelation)
}

/** Visits each expression of a query and of every query in it. */
export function walkQuery(query: QueryNode, visit: (expression: Expression) => void): void {
  for (const table of query.with) walkQuery(table.query, visit)
  for (const expression of expressionsOf(query)) walkExpression(expression, visit)
  const { body } = query
  if (body.kind === 'set') {
    walkQuery(body.left, visit)
    walkQuery(body.right, visit)
    return
  }
  for (const relation of body.from) walkRelation(relation, visit)
}

function walkRelation(relation: Relation, visit: (expression: Expression) => void): void {
  if (relation.kind === 'derived') walkQuery(relation.query, visit)
  if (relation.kind !== 'join') return
  walkRelation(relation.left, visit)
  walkRelation(relation.right, visit)
}

/** Visits an expression, its parts and the queries in it. */
export function walkExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression)
  for (const part of expression.args) walkExpression(part, visit)
  if ('query' in expression) walkQuery(expression.query, visit)
}

/** The same query with each table of FROM, wherever it stands, put through `change`. */
export function mapRelations(query: QueryNode, change: (relation: Relation) => Relation): QueryNode {
  const inExpression = (expression: Expression): Expression => {
    const args = expression.args.map(inExpression)
    return 'query' in expression
      ? { ...expression, args, query: mapRelations(expression.query, change) } : { ...expression, args }
  }
  const inRelation = (relation: Relation): Relation => {
    if (relation.kind === 'derived') return { ...relation, query: mapRelations(relation.query, change) }
    if (relation.kind !== 'join') return change(relation)
    const on = relation.on === undefined ? undefined : inExpression(relation.on)
    return { ...relation, left: inRelation(relation.left), right: inRelation(relation.right), on }
  }
  const { body } = query
  return {
    ...query,
    with: query.with.map((table) => ({ ...table, query: mapRelations(table.query, change) })),
    orderBy: query.orderBy.map((item) => ({ ...item, value: inExpression(item.value) })),
    body: body.kind === 'set'
      ? { ...body, left: mapRelations(body.left, change), right: mapRelations(body.right, change) }
      : {
          ...body,
          columns: body.columns.map((column) => ({ ...column, value: inExpression(column.value) })),
          from: body.from.map(inRelation),
          where: body.where === undefined ? undefined : inExpression(body.where),
          groupBy: body.groupBy?.map(inExpression),
          having: body.having === undefined ? undefined : inExpression(body.having),
        },
  }
}
