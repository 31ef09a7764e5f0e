import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdmissionRules, type Candidate, checkAdmission } from '../../../p2p/peers/admission.ts'
import { readPeerList } from '../../../p2p/peers/lists.ts'
import type { Connection } from '../../../p2p/transport.ts'

const rules: AdmissionRules = {
  limits: { maxPeers: 60, maxInbound: 45, maxPerSubnet: 4 },
  allow: readPeerList([]),
  deny: readPeerList([]),
  bans: { isBanned: () => false, isIpBanned: () => false },
  isPersistent: () => false,
  isAwaited: () => false,
}

/** Peers of this direction, each in a network of its own. */
function crowd(count: number, direction: 'inbound' | 'outbound'): Connection[] {
  return Array.from({ length: count }, (_, index) => connection(`${direction}${index}`, `20.0.${index}.1`, direction))
}

function connection(peer: string, ip: string, direction: 'inbound' | 'outbound' = 'inbound'): Connection {
  return { peer, ip, direction, address: `/ip4/${ip}/tcp/1` }
}

const candidate = (change: Partial<Candidate> = {}): Candidate => ({ ...connection('new', '30.0.0.1'), ...change })

test('at most 60 peers, 45 of them inbound', () => {
  const few = crowd(44, 'inbound')
  assert.equal(checkAdmission(candidate(), few, rules), undefined)
  const many = crowd(45, 'inbound')
  assert.equal(checkAdmission(candidate(), many, rules), 'inbound_full')
  assert.equal(checkAdmission(candidate({ direction: 'outbound' }), many, rules), undefined)
  const full = [...many, ...crowd(15, 'outbound')]
  assert.equal(checkAdmission(candidate({ direction: 'outbound' }), full, rules), 'full')
  assert.equal(checkAdmission(candidate(), full, rules), 'full')
})

test('a peer that is connected already takes no second place', () => {
  const full = [...crowd(45, 'inbound'), ...crowd(15, 'outbound')]
  assert.equal(checkAdmission(candidate({ peer: 'inbound7' }), full, rules), undefined)
})

test('at most four peers of one /24 or /48, as many as there are of a private network', () => {
  const near = (prefix: string) => [1, 2, 3, 4].map((n) => connection(`p${n}`, `${prefix}${n}`))
  assert.equal(checkAdmission(candidate({ ip: '30.0.0.9' }), near('30.0.0.').slice(1), rules), undefined)
  assert.equal(checkAdmission(candidate({ ip: '30.0.0.9' }), near('30.0.0.'), rules), 'subnet_full')
  assert.equal(checkAdmission(candidate({ ip: '30.0.1.9' }), near('30.0.0.'), rules), undefined)
  assert.equal(checkAdmission(candidate({ ip: '2001:db8::9' }), near('2001:db8:0:7::'), rules), 'subnet_full')
  for (const prefix of ['10.0.0.', '127.0.0.', 'fd00::']) {
    assert.equal(checkAdmission(candidate({ ip: `${prefix}9` }), near(prefix), rules), undefined)
  }
})

test('two hundred identities of one network leave room for others', () => {
  const peers: Connection[] = []
  const arrive = (one: Connection) => {
    if (checkAdmission(one, peers, rules) === undefined) peers.push(one)
  }
  for (let n = 1; n <= 200; n++) arrive(connection(`attacker${n}`, `40.0.0.${n}`))
  for (let n = 1; n <= 8; n++) arrive(connection(`honest${n}`, `50.0.${n}.1`))
  assert.deepEqual([peers.length, peers.filter(({ peer }) => peer.startsWith('honest')).length], [12, 8])
})

test('banned peers and addresses stay out', () => {
  const bans = { isBanned: (peer: string) => peer === 'bad', isIpBanned: (ip: string) => ip === '30.0.0.7' }
  const check = (change: Partial<Candidate>) => checkAdmission(candidate(change), [], { ...rules, bans })
  assert.equal(check({ peer: 'bad' }), 'banned')
  assert.equal(check({ ip: '30.0.0.7' }), 'banned')
  assert.equal(check({ ip: '30.0.0.7', peer: undefined }), 'banned')
  assert.equal(check({ peer: undefined }), undefined)
})

test('a list of those allowed keeps out everybody else, one of those denied them alone', () => {
  const lists = { allow: readPeerList(['friend', '40.0.0.0/8', '41.0.0.1']), deny: readPeerList(['40.0.0.9', 'foe']) }
  const check = (change: Partial<Candidate>) => checkAdmission(candidate(change), [], { ...rules, ...lists })
  assert.equal(check({ peer: 'friend' }), undefined)
  assert.equal(check({ peer: 'stranger' }), 'not_allowed')
  assert.equal(check({ peer: 'stranger', ip: '40.0.0.8' }), undefined)
  assert.equal(check({ peer: 'friend', ip: '40.0.0.9' }), 'denied')
  assert.equal(check({ peer: 'foe', ip: '40.0.0.8' }), 'denied')
  // It may turn out to be the friend.
  assert.equal(check({ peer: undefined }), undefined)
  const onlyIps = { ...lists, allow: readPeerList(['40.0.0.0/8']) }
  assert.equal(checkAdmission(candidate({ peer: undefined }), [], { ...rules, ...onlyIps }), 'not_allowed')
})

test('a persistent peer is admitted whatever else holds, unless it is denied', () => {
  const strict: AdmissionRules = {
    ...rules,
    limits: { maxPeers: 0, maxInbound: 0, maxPerSubnet: 0 },
    allow: readPeerList(['nobody']),
    bans: { isBanned: () => true, isIpBanned: () => true },
    isPersistent: ({ peer }) => peer === 'ours',
  }
  assert.equal(checkAdmission(candidate({ peer: 'ours' }), [], strict), undefined)
  assert.equal(checkAdmission(candidate({ peer: 'other' }), [], strict), 'banned')
  const denied = { ...strict, deny: readPeerList(['ours']) }
  assert.equal(checkAdmission(candidate({ peer: 'ours' }), [], denied), 'denied')
  // While one is awaited, an unknown peer may be it.
  const unknown = candidate({ peer: undefined })
  assert.equal(checkAdmission(unknown, [], strict), 'banned')
  assert.equal(checkAdmission(unknown, [], { ...strict, isAwaited: () => true }), undefined)
})
