import { modelsAbi } from '../abi/models.ts'
import { protocol } from '../native/addresses.ts'
import { definePrecompile } from '../native/table.ts'
import { registerModel, releaseModelBond, retireModel, transferModel } from './handlers.ts'
import { getAncestors, getCorpus, getModel, isProvider } from './views.ts'

/** Models: what they were made from, whom they owe, what they cost, who may serve them. */
export const modelsPrecompile = definePrecompile({
  name: 'models',
  address: protocol.models,
  about: 'Model versions with declared lineage: ancestors and corpus are flattened once, at registration.',
  abi: modelsAbi,
  functions: {
    registerModel: {
      about:
        "Registers a model version, bonded, if its parents' terms and its datanets' policies allow it. Nothing of it changes later but its owner and its retirement.",
      gas: '11 slots and 2 hashes; 6 slots and 2 per version more where the weights are bound to another corpus; per parent 6 slots, 2 per ancestor and 3 per version of its corpus; 8 per own version; 2 per ancestor, 1 per version and provider of the new model; a log per ancestor',
      run: registerModel,
    },
    transferModel: {
      about: 'The owner gives the model, its bond and its income to another.',
      gas: '6 slots',
      run: transferModel,
    },
    retireModel: {
      about: 'The owner ends new channels on the model; those that run go on, and its children go on owing.',
      gas: '6 slots',
      run: retireModel,
    },
    releaseModelBond: {
      about: "Credits a retired model's owner with its bond after the release time. Anyone may.",
      gas: '12 slots',
      run: releaseModelBond,
    },
    getModel: { about: 'A model version as it is stored.', gas: '6 slots', run: getModel },
    getCorpus: {
      about: 'The versions that answers of the model are traced to, sorted by datanet id.',
      gas: '6 slots and 1 per version',
      run: getCorpus,
    },
    getAncestors: {
      about: "The models that share in the owner's part, sorted by id; what is left of 1e9 is the owner's.",
      gas: '6 slots and 2 per ancestor',
      run: getAncestors,
    },
    isProvider: {
      about: 'Whether the agent may serve the model: it is listed, or the model lists nobody.',
      gas: '6 or 7 slots',
      run: isProvider,
    },
  },
})
