// Sends OPEN, deploys an ERC-20 and reads it with ethers.
//   npx node examples/ethers.ts [http://127.0.0.1:8545]
import { log } from 'node:console'
import { Contract, ContractFactory, formatEther, HDNodeWallet, JsonRpcProvider, NonceManager, parseEther } from 'ethers'
import { nodeUrl } from './connect.ts'
import { compileToken } from './token.ts'

const url = await nodeUrl()
const provider = new JsonRpcProvider(url)
const wallet = HDNodeWallet.fromPhrase('test test test test test test test test test test test junk')
const signer = new NonceManager(wallet.connect(provider))
const friend = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

const payment = await signer.sendTransaction({ to: friend, value: parseEther('1') })
const paid = await payment.wait()
log('paid 1 OPEN in block', paid?.blockNumber)

const { abi, bytecode } = compileToken()
const factory = new ContractFactory(abi as [], bytecode, signer)
const deployed = await factory.deploy(parseEther('1000'))
await deployed.waitForDeployment()
const address = await deployed.getAddress()
log('deployed', address)

const token = new Contract(address, abi as [], signer)
const transfer = await token.getFunction('transfer').send(friend, parseEther('25'))
const receipt = await transfer.wait()
log('transferred in block', receipt?.blockNumber, 'with', receipt?.gasUsed, 'gas')
log('balance of', friend, 'is', formatEther(await token.getFunction('balanceOf').staticCall(friend)), 'EXT')
const [event] = await token.queryFilter('Transfer', receipt?.blockNumber)
log('event: Transfer in transaction', event?.transactionHash)
provider.destroy()
