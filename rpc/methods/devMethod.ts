import { assert } from '../../core/errors.ts'
import type { DevContext, RpcContext } from '../context.ts'
import { type Answer, type Definition, type Method, method, type Session } from '../method.ts'
import type { Param, Values } from '../params/param.ts'

type DevDefinition<P extends readonly Param<unknown>[]> = Omit<Definition<P>, 'scope' | 'handle'> & {
  readonly handle: (
    dev: DevContext,
    values: Values<P>,
    context: RpcContext,
    session: Session,
  ) => Answer | Promise<Answer>
}

/** A row that exists on solo development chains only: `selectMethods` leaves it out elsewhere. */
export function devMethod<const P extends readonly Param<unknown>[] = []>({
  handle,
  ...row
}: DevDefinition<P>): Method {
  return method<P>({
    ...row,
    scope: 'solo',
    handle(context, values, session) {
      assert(context.dev !== undefined, 'a development method on another chain')
      return handle(context.dev, values, context, session)
    },
  })
}
