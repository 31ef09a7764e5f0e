/** Seconds the chain thread spent on blocks so far, by stage; wall time as the node's metrics have it. */
export type Stages = { readonly build: number; readonly verify: number; readonly commit: number }

/** Reads the stages from a node's /metrics; undefined where the server has none of them (anvil). */
export async function readStages(port: number): Promise<Stages | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined)
  const text = response?.ok === true ? await response.text() : ''
  const [build, verify, commit] = ['build', 'verify', 'commit'].map((stage) => {
    const value = new RegExp(`^openledger_block_${stage}_seconds_sum (\\S+)$`, 'm').exec(text)?.[1]
    return value === undefined ? undefined : Number(value)
  })
  return build === undefined || verify === undefined || commit === undefined ? undefined : { build, verify, commit }
}

export function stagesBetween(before: Stages | undefined, after: Stages | undefined): Stages | undefined {
  if (before === undefined || after === undefined) return undefined
  return {
    build: after.build - before.build,
    verify: after.verify - before.verify,
    commit: after.commit - before.commit,
  }
}
