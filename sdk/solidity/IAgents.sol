// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.22;

// Made by `npm run docs` from attribution/abi/agents.ts and attribution/agents/table.ts; do not edit.

/// @notice Agents with stake: inference providers, repairers, autonomous agents that post collateral.
/// @dev A native precompile. The errors that its functions revert with are in IErrors.sol.
interface IAgents {
    struct Agent {
        address owner;
        address controller;
        bytes32 metadataHash;
        uint96 stake;
        uint96 unbonding;
        uint96 openMargin;
        uint96 slashed;
        bool ejected;
    }

    struct Unbonding {
        uint96 amount;
        uint40 availableAt;
    }

    event AgentRegistered(
        bytes32 indexed agent,
        address indexed owner,
        address indexed controller,
        bytes32 metadataHash
    );
    event AgentTransferred(bytes32 indexed agent, address indexed from, address indexed to);
    event ControllerSet(bytes32 indexed agent, address indexed controller);
    event Staked(bytes32 indexed agent, uint96 amount);
    event UnstakeStarted(bytes32 indexed agent, uint96 amount, uint40 availableAt);
    event UnstakeCompleted(bytes32 indexed agent, address indexed owner, uint256 amount);
    event AgentSlashed(bytes32 indexed agent, uint256 taken);

    /// @notice Registers an agent of the caller; OPEN sent along is its first stake.
    /// @dev Gas beside input: 5 slots.
    function registerAgent(address controller, bytes32 metadataHash) external payable returns (bytes32 agent);

    /// @notice The owner gives the agent, its stake and its income to another.
    /// @dev Gas beside input: 4 slots.
    function transferAgent(bytes32 agent, address to) external;

    /// @notice The owner sets the key that signs receipts and settles.
    /// @dev Gas beside input: 4 slots.
    function setController(bytes32 agent, address controller) external;

    /// @notice Adds stake. Anyone may.
    /// @dev Gas beside input: 5 slots.
    function stake(bytes32 agent) external payable;

    /// @notice The owner begins to take stake out: it stays slashable until completed. At most 16 at a time.
    /// @dev Gas beside input: 6 slots.
    function unstake(bytes32 agent, uint96 amount) external;

    /// @notice Credits the owner with all stake whose unbonding has ended. Anyone may. Stake that backs open batches
    /// stays.
    /// @dev Gas beside input: 9 slots and 1 per entry.
    function completeUnstake(bytes32 agent) external returns (uint256 amount);

    /// @notice The court takes stake for harm that no proof can decide; it goes to the insurance fund.
    /// @dev Gas beside input: 8 slots and 1 per entry of the queue.
    function slashAgent(bytes32 agent, uint96 amount) external returns (uint256 taken);

    /// @notice An agent as it is stored.
    /// @dev Gas beside input: 4 slots.
    function getAgent(bytes32 agent) external view returns (Agent memory value);

    /// @notice Stake on its way out, oldest first.
    /// @dev Gas beside input: 4 slots and 1 per entry.
    function getUnbonding(bytes32 agent) external view returns (Unbonding[] memory queue);

    /// @notice Stake that backs no open batch.
    /// @dev Gas beside input: 4 slots.
    function freeStake(bytes32 agent) external view returns (uint256 amount);
}

IAgents constant AGENTS = IAgents(0x0000000000000000000000000000000000000A05);
