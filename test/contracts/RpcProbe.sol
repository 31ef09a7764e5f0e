// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What the JSON-RPC tests look at: events, failures of every kind, storage and the block's environment.
contract RpcProbe {
    event Ping(address indexed who, uint256 indexed number, bytes data);

    error Nope(uint256 code);

    uint256 public value;
    mapping(uint256 => uint256) public table;

    constructor(uint256 first) {
        value = first;
    }

    function ping(uint256 number, bytes calldata data) external {
        emit Ping(msg.sender, number, data);
    }

    function pings(uint256 count) external {
        for (uint256 i = 0; i < count; i++) emit Ping(msg.sender, i, "");
    }

    function set(uint256 newValue) external payable {
        value = newValue;
    }

    function fill(uint256 from, uint256 count) external {
        for (uint256 i = from; i < from + count; i++) table[i] = i + 1;
    }

    function failText() external pure {
        revert("no luck");
    }

    function failCustom(uint256 code) external pure {
        revert Nope(code);
    }

    function failPanic(uint256 divisor) external pure returns (uint256) {
        return 1 / divisor;
    }

    function failEmpty() external pure {
        revert();
    }

    function invalid() external pure {
        assembly {
            invalid()
        }
    }

    function loop() external view {
        while (gasleft() > 0) {}
    }

    /// Needs much more gas at hand than it uses in the end.
    function reserve() external {
        require(gasleft() > 1_000_000, "more gas");
        value++;
    }

    function environment()
        external
        view
        returns (uint256 number, uint256 time, uint256 baseFee, address coinbase, uint256 random, uint256 gasLimit)
    {
        return (block.number, block.timestamp, block.basefee, block.coinbase, block.prevrandao, block.gaslimit);
    }

    function caller() external view returns (address, uint256) {
        return (msg.sender, msg.sender.balance);
    }
}
