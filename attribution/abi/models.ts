import { parseAbi } from 'viem'

/** Model versions, lineage, corpora: `0x…0A02`. Shares are in 1e-9 units, prices in wei per 1,000 tokens. */
export const modelsSignatures = [
  'struct Parent { bytes32 model; uint32 share; }',
  'struct ModelSpec { bytes32 weightsHash; bytes32 metadataHash; bytes32 method; uint8 kind; uint8 class; uint96 priceIn; uint96 priceOut; uint16 marginBps; uint32 minChildShare; Parent[] parents; bytes32[] versions; bytes32[] providers; }',
  'struct Model { address owner; bytes32 weightsHash; bytes32 metadataHash; bytes32 method; uint8 kind; uint8 class; uint96 priceIn; uint96 priceOut; uint16 marginBps; uint32 minChildShare; uint32 parentShares; uint8 ancestors; uint8 corpusSize; uint8 providers; uint40 registeredAt; uint40 retiredAt; uint96 bond; }',
  'function registerModel(ModelSpec spec) payable returns (bytes32 model)',
  'function transferModel(bytes32 model, address to)',
  'function retireModel(bytes32 model)',
  'function releaseModelBond(bytes32 model)',
  'function getModel(bytes32 model) view returns (Model value)',
  'function getCorpus(bytes32 model) view returns (bytes32[] versions)',
  'function getAncestors(bytes32 model) view returns (Parent[] ancestors)',
  'function isProvider(bytes32 model, bytes32 agent) view returns (bool allowed)',
  'event ModelRegistered(bytes32 indexed model, address indexed owner, bytes32 indexed weightsHash, bytes32 metadataHash, bytes32 method, uint8 kind, uint8 class, uint96 priceIn, uint96 priceOut, uint16 marginBps, uint32 minChildShare, bytes32[] corpus, bytes32[] providers)',
  'event AncestorShare(bytes32 indexed model, bytes32 indexed ancestor, uint32 share)',
  'event ModelTransferred(bytes32 indexed model, address indexed from, address indexed to)',
  'event ModelRetired(bytes32 indexed model)',
  'event BondReleased(bytes32 indexed id, address indexed to, uint96 bond)',
] as const

/** The ABI that the signatures say. */
export const modelsAbi = parseAbi(modelsSignatures)
