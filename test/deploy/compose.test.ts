import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseHex } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { parseAddress } from '../../p2p/host/addresses.ts'
import {
  type ComposeFile,
  folder,
  isNode,
  mountsOf,
  readCompose,
  readEnvFile,
  root,
  settingsOf,
} from './composeFile.ts'
import { listening } from './listening.ts'

const devnet = readCompose('compose.yaml')
const single = readCompose('node.yaml')
const files = { 'compose.yaml': devnet, 'node.yaml': single }
const example = readEnvFile('node.env.example', { all: true })
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

for (const [name, file] of Object.entries(files)) {
  test(`${name}: images are pinned`, () => {
    for (const { image, build } of Object.values(file.services)) {
      const isOurs = image === `openledger/node:${packageJson.version}`
      assert.ok(isOurs || /^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/.test(image), image)
      if (build !== undefined) assert.ok(isOurs && existsSync(join(folder, build.context, 'Dockerfile')))
    }
  })

  test(`${name}: every file and volume that is named is there, and each volume has one writer`, () => {
    const { services, secrets, volumes } = file
    const writers = new Map<string, string>()
    const used = new Set<string>()
    for (const [service, value] of Object.entries(services)) {
      for (const { source, isReadOnly } of mountsOf(value)) {
        if (source.startsWith('.')) {
          assert.ok(existsSync(join(folder, source)), source)
          assert.ok(isReadOnly, `${service} cannot write to ${source}`)
          continue
        }
        assert.ok(source in volumes, `${service}: volume ${source}`)
        used.add(source)
        if (isReadOnly) continue
        assert.equal(writers.get(source), undefined, `${source} has two writers`)
        writers.set(source, service)
      }
      for (const secret of value.secrets) assert.ok(secret in secrets, `${service}: secret ${secret}`)
    }
    assert.deepEqual([...used].sort(), Object.keys(volumes).sort())
    assert.deepEqual([...writers.keys()].sort(), Object.keys(volumes).sort())
  })

  test(`${name}: a published port is one that the service listens on; but for peers it is for this machine alone`, () => {
    const taken = new Map<string, string>()
    for (const [service, value] of Object.entries(file.services)) {
      for (const text of value.ports) {
        const [, address, host, port] = /^(?:(127\.0\.0\.1):)?(\d+):(\d+)$/.exec(text) ?? []
        assert.ok(host !== undefined && port !== undefined, text)
        const { peers, all } = listening(value, example)
        assert.ok(all.includes(Number(port)), `${service} does not listen on ${port}`)
        if (address === undefined) assert.equal(Number(port), peers)
        // Services of one profile each are not started together.
        const key = `${value.profiles ?? ''} ${host}`
        assert.equal(taken.get(key), undefined, `${service} and ${taken.get(key)} publish ${host}`)
        taken.set(key, service)
      }
    }
  })

  test(`${name}: what a service waits for can come`, () => {
    for (const [service, { depends_on }] of Object.entries(file.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const target = file.services[other]
        assert.ok(target !== undefined, `${service} waits for ${other}`)
        if (condition === 'service_healthy') assert.ok('test' in target.healthcheck, other)
        if (condition === 'service_completed_successfully') assert.equal(target.restart, 'no', other)
        else assert.equal(target.restart, 'unless-stopped', other)
      }
    }
  })

  test(`${name}: the node takes every command line, and finds the files it names`, () => {
    const nodes = Object.values(file.services).filter(isNode)
    assert.ok(nodes.length >= 3)
    for (const service of nodes) {
      const { parsed, config } = settingsOf(service, service.env_file === undefined ? {} : example)
      const own = Object.values(parsed.own)
      const values = [...Object.values(config), ...own, ...parsed.args].filter((value) => typeof value === 'string')
      const paths = values.filter((value) => value.startsWith('/'))
      assert.ok(paths.includes('/data') && config['data-dir'] === '/data')
      for (const path of paths) {
        const secret = /^\/run\/secrets\/(.+)$/.exec(path)?.[1]
        const isMounted = mountsOf(service).some(({ target }) => path === target || path.startsWith(`${target}/`))
        // The deployment keeps nothing of its own.
        const isIdle = path === '/data' && parsed.command.name === 'deploy'
        const isThere = secret === undefined ? isMounted : service.secrets.includes(secret) || service.env_file
        assert.ok(isThere || isIdle, `${parsed.command.name}: ${path}`)
      }
      for (const address of [...config['p2p.peers'], ...config['p2p.announce']]) parseAddress(address)
    }
  })
}

test('the services of the development network find one another', () => {
  const { services } = devnet
  const calls: [string, string, 'rpc' | 'metrics' | 'peers'][] = []
  for (const service of Object.values(services).filter(isNode)) {
    const { config, parsed } = settingsOf(service)
    for (const url of config['l1-rpc']) calls.push([new URL(url).hostname, new URL(url).port, 'rpc'])
    if (parsed.command.name === 'replica') {
      const { hostname, port } = new URL(config.join)
      calls.push([hostname, port, 'rpc'])
    }
    for (const address of config['p2p.peers']) {
      const [, host, port] = /^\/dns4\/([a-z]+)\/tcp\/(\d+)$/.exec(address) ?? []
      calls.push([host!, port!, 'peers'])
    }
  }
  assert.equal(calls.filter(([, , what]) => what === 'peers').length, 2)
  for (const [host, port, what] of calls) {
    const target = services[host]
    assert.ok(target !== undefined, host)
    assert.equal(listening(target)[what], Number(port), `${what} of ${host}`)
    // The server answers to names that it is told only.
    if (what === 'rpc' && isNode(target)) assert.ok(settingsOf(target).config['http.vhosts'].includes(host), host)
  }
})

test('the keys of the development network are public ones, each for its office, and for no other chain', () => {
  const accounts = devAccounts(devMnemonic, 10).map(({ address }) => address)
  const addressOf = (secret: string): string => {
    const text = readFileSync(join(folder, devnet.secrets[secret]!.file), 'utf8').trim()
    return privateKeyToAddress(parseHex(`0x${text}`)!)
  }
  const { parsed, config } = settingsOf(devnet.services.deploy!)
  assert.equal(config.chain, 'devnet')
  const offices = { ...parsed.own, deployer: addressOf('deployer') }
  const expected = { validator: 5, 'unsafe-signer': 6, proposer: 7, batcher: 8, deployer: 9 } as const
  const secretOf = { 'unsafe-signer': 'sequencer' } as Record<string, string>
  const readme = readFileSync(join(folder, 'devnet-keys', 'README.md'), 'utf8')
  for (const [office, index] of Object.entries(expected)) {
    const secret = secretOf[office] ?? office
    assert.equal(addressOf(secret), accounts[index], office)
    const given = String(offices[office as keyof typeof offices])
    assert.ok([accounts[index], `/run/secrets/${secret}`].includes(given), `${office}: ${given}`)
    assert.ok(devnet.secrets[secret]!.file.includes('/public-'))
    assert.match(readme, new RegExp(`public-${secret}\\.key.*\\| ${index} .*${accounts[index]}`))
  }
  assert.deepEqual(
    String(parsed.own.fund)
      .split(',')
      .map((text) => text.trim()),
    accounts.slice(0, 5),
  )
  const sequencer = settingsOf(devnet.services.sequencer!).config
  for (const name of ['sequencer', 'batcher', 'proposer'] as const)
    assert.equal(sequencer[`${name}.key`], `/run/secrets/${name}`)
})

test('node.env.example: a replica needs no more than what it sets', () => {
  const set = readEnvFile('node.env.example', { all: false })
  const { config } = settingsOf(single.services.replica!, set)
  assert.deepEqual([config['l1-rpc'].length, config['l1-beacon'].length], [2, 1])
  assert.equal(config.join, 'https://node.example')
  for (const value of ['validator.key', 'batcher.key', 'password-file'] as const) assert.equal(config[value], undefined)
})

test('the image is built on the Node.js of package.json, and has what the services run', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  const base = /^ARG BASE_IMAGE=node:(\d+\.\d+\.\d+)-bookworm-slim$/m.exec(dockerfile)?.[1]
  assert.equal(base, packageJson.dependencies.node)
  const entrypoint = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)![1]!)
  const own: readonly ComposeFile[] = Object.values(files)
  for (const service of own.flatMap(({ services }) => Object.values(services))) {
    if (!service.image.startsWith('openledger/')) continue
    const [init, , program] = service.entrypoint ?? entrypoint
    assert.equal(init, '/usr/bin/tini')
    assert.ok(program === 'node' || dockerfile.includes(`/usr/local/bin/${program} `), program)
    if ('test' in service.healthcheck && service.healthcheck.test.at(-1)!.endsWith('.ts'))
      assert.ok(existsSync(join(root, service.healthcheck.test.at(-1)!)))
    // Named volumes take the owner of the folder in the image.
    for (const { target } of mountsOf(service)) assert.match(dockerfile, new RegExp(`-o 10001 -g 10001.* ${target}\\b`))
  }
})

test('everything that deploy/README.md names is there', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const paths = [...readme.matchAll(/\bdeploy\/[\w./-]*\w/g)].map(([path]) => path)
  const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => join('deploy', match[1]!))
  const made = ['deploy/node.env', 'deploy/password']
  assert.ok(paths.length + links.length > 5)
  for (const path of [...paths, ...links]) assert.ok(made.includes(path) || existsSync(join(root, path)), path)
})
