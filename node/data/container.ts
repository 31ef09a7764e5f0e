import { existsSync } from 'node:fs'

/** True inside a Docker, Podman or Kubernetes container, where only 0.0.0.0 is reachable from outside. */
export function isContainer(): boolean {
  return (
    existsSync('/.dockerenv') || existsSync('/run/.containerenv') || process.env.KUBERNETES_SERVICE_HOST !== undefined
  )
}
