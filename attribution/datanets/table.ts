import { datanetsAbi } from '../abi/datanets.ts'
import { protocol } from '../native/addresses.ts'
import { definePrecompile } from '../native/table.ts'
import { commitContribution, expireCommit, revealContribution } from './contribute.ts'
import {
  liftQuarantine,
  quarantineContribution,
  reassignContribution,
  releaseContributionBond,
  revokeConsent,
  transferContribution,
} from './contribution.ts'
import { createDatanet, retireDatanet, setPolicy, transferDatanet } from './datanet.ts'
import { closeVersion, publishVersion, releaseVersionBond } from './version.ts'
import { contributionOf, getContribution, getDatanet, getVersion, versionAt } from './views.ts'

/** Datanets: who contributed which text, under which consent, in which order; and the versions made of them. */
export const datanetsPrecompile = definePrecompile({
  name: 'datanets',
  address: protocol.datanets,
  about: 'Datasets with a curator: contributions in the order of their commits, and bonded versions made of them.',
  abi: datanetsAbi,
  functions: {
    createDatanet: {
      about: 'Creates a datanet of the caller. The URI, of at most 512 bytes, is kept in the log only.',
      gas: '5 slots, 1 hash, the log by its bytes',
      run: createDatanet,
    },
    setPolicy: {
      about: 'The curator narrows what new models may do with the datanet, or until when.',
      gas: '4 slots',
      run: setPolicy,
    },
    transferDatanet: {
      about: "The curator gives the datanet and the curator's share to another.",
      gas: '4 slots',
      run: transferDatanet,
    },
    retireDatanet: {
      about:
        'The curator ends the datanet: no more commitments and versions. The bond of its newest version is released a ' +
        'release time later. `WrongStatus` 2: it was ended before.',
      gas: '6 slots',
      run: retireDatanet,
    },
    commitContribution: {
      about:
        'Takes the next order for a content known only by keccak(contentRoot, salt, owner). OPEN sent is its bond.',
      gas: '11 slots, 1 hash, moving the value',
      run: commitContribution,
    },
    revealContribution: {
      about:
        'The owner opens the commitment before it becomes active. Of equal contents in a datanet the lowest order stands; the other gets its bond back.',
      gas: '11 slots, 2 hashes; 11 slots more if the content is known',
      run: revealContribution,
    },
    expireCommit: {
      about: 'Burns the bond of a commitment that was not revealed in time. Anyone may.',
      gas: '10 slots',
      run: expireCommit,
    },
    transferContribution: {
      about: 'The owner gives a revealed contribution, its bond and its unclaimed income to another.',
      gas: '6 slots',
      run: transferContribution,
    },
    revokeConsent: {
      about: 'The owner takes a contribution out of future versions; models that exist go on paying.',
      gas: '6 slots',
      run: revokeConsent,
    },
    releaseContributionBond: {
      about: 'Credits the owner of a revoked contribution with its bond after the release time. Anyone may.',
      gas: '12 slots',
      run: releaseContributionBond,
    },
    publishVersion: {
      about: 'The curator publishes the next version, bonded: what is false in it can be refuted.',
      gas: '14 slots, 1 hash, moving the value',
      run: publishVersion,
    },
    closeVersion: {
      about: 'Bars new models from listing a version that holds a revoked contribution. Anyone may.',
      gas: '12 slots and 1 hash per level of the docRoot',
      run: closeVersion,
    },
    releaseVersionBond: {
      about: "Credits a superseded version's publisher with its bond after the release time. Anyone may.",
      gas: '12 slots',
      run: releaseVersionBond,
    },
    reassignContribution: {
      about: 'The court gives a contribution, with its order and unclaimed income, to whom it belongs.',
      gas: '6 slots',
      run: reassignContribution,
    },
    quarantineContribution: {
      about: 'The court stops claims of a contribution and the release of its bond.',
      gas: '6 slots',
      run: quarantineContribution,
    },
    liftQuarantine: { about: 'The court ends a quarantine.', gas: '6 slots', run: liftQuarantine },
    getDatanet: { about: 'A datanet as it is stored.', gas: '4 slots', run: getDatanet },
    getContribution: {
      about: 'A contribution as it is stored. While committed, contentRoot is the commitment.',
      gas: '6 slots',
      run: getContribution,
    },
    getVersion: { about: 'A version as it is stored.', gas: '6 slots', run: getVersion },
    versionAt: {
      about: "A datanet's version by its sequence number, from 1; zero if there is none.",
      gas: '1 slot',
      run: versionAt,
    },
    contributionOf: {
      about: 'The contribution that stands for a content in a datanet; zero if there is none.',
      gas: '1 slot',
      run: contributionOf,
    },
  },
})
