import * as z from '../../core/zod.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { BODY_TYPES } from './route.ts'
import type { AnswerDescription, Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

export interface ApiInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', description: 'urn:zerocard:error: followed by the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; see the list of error codes' },
    detail: { type: 'string', description: 'For people; may change' },
    requestId: { type: 'string' },
  },
}

const oauthSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string' },
    error_description: { type: 'string' },
    code: { type: 'string' },
  },
}

/** Describes routes in OpenAPI 3.1, from the very shapes they read requests with. */
export function openApiOf(info: ApiInfo, routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema, OAuthError: oauthSchema },
    },
  }
}

function operationOf(route: Route): Json {
  const { access, summary, shapes } = route
  const isOpen = access === 'anyone'
  const roles = typeof access === 'string' ? {} : { 'x-roles': access }
  const parameters = [
    ...parametersOf('path', shapes.params),
    ...parametersOf('query', shapes.query),
  ]
  return {
    summary,
    ...roles,
    ...(isOpen ? {} : { security: [{ bearer: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(shapes.body === undefined ? {} : { requestBody: bodyOf(route) }),
    responses: { ...answersOf(route.answers), default: errorOf(route) },
  }
}

function parametersOf(place: 'path' | 'query', shape: z.ZodMiniType | undefined): Json[] {
  if (shape === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(shape) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }))
}

function bodyOf({ shapes, bodyType }: Route): Json {
  const type = BODY_TYPES[bodyType ?? 'json']
  const schema = shapes.body === undefined ? {} : jsonSchema(shapes.body)
  return { required: true, content: { [type]: { schema } } }
}

function answersOf(answers: Readonly<Record<number, AnswerDescription>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, type = 'application/json', schema }]) => {
      const content =
        schema === undefined ? {} : { content: { [type]: { schema: jsonSchema(schema) } } }
      return [status, { description, ...content }]
    }),
  )
}

function errorOf({ errors }: Route): Json {
  const [type, name] =
    errors === 'oauth' ? ['application/json', 'OAuthError'] : [PROBLEM_TYPE, 'Problem']
  const schema = { $ref: `#/components/schemas/${name}` }
  return { description: 'Refused', content: { [type]: { schema } } }
}

function jsonSchema(shape: z.ZodMiniType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' })
  return schema
}
