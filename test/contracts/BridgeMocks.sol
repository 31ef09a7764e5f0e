// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// As much of the portal as the bridge sees, with the gas of a withdrawal as the test wants it.
contract MockPortal {
    event Deposit(address from, address to, uint64 gasLimit, bytes data);

    address public open;
    address public l2Sender = address(0xdead);

    constructor(address _open) {
        open = _open;
    }

    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data)
        external
        payable
    {
        require(value == 0 && msg.value == 0 && !isCreation, "a call without money");
        emit Deposit(msg.sender, to, gasLimit, data);
    }

    function finalize(address sender, address target, uint256 gasLimit, bytes calldata data) external {
        l2Sender = sender;
        (bool done, bytes memory output) = target.call{gas: gasLimit}(data);
        l2Sender = address(0xdead);
        if (done) return;
        assembly {
            revert(add(output, 32), mload(output))
        }
    }
}

/// A token that misbehaves on demand, on either layer. Anyone gets as much of it as they like.
contract MoodyToken is ERC20 {
    enum Mood {
        Good,
        Refuses,
        BurnsGas,
        ReturnsMuch,
        KeepsPart,
        CallsBack
    }

    Mood public mood;
    address public remoteToken;
    address private callee;
    bytes private callData;

    constructor(address remote) ERC20("Moody", "MOODY") {
        remoteToken = remote;
    }

    function setMood(Mood next) external {
        mood = next;
    }

    function setRemoteToken(address remote) external {
        remoteToken = remote;
    }

    function setCall(address _callee, bytes calldata data) external {
        callee = _callee;
        callData = data;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (mood == Mood.Refuses) revert("not today");
        if (mood == Mood.BurnsGas) {
            assembly {
                invalid()
            }
        }
        if (mood == Mood.ReturnsMuch) {
            assembly {
                revert(0, 100000)
            }
        }
        super._update(from, to, amount);
        if (mood == Mood.KeepsPart && from != address(0) && to != address(0)) super._update(to, address(0), amount / 10);
        if (mood == Mood.CallsBack) {
            (bool done, bytes memory output) = callee.call(callData);
            if (!done) {
                assembly {
                    revert(add(output, 32), mload(output))
                }
            }
        }
    }
}

/// A token that takes an approval only after zero, as USDT does; the deployer gets everything.
contract FussyToken is ERC20 {
    constructor(uint256 supply) ERC20("Fussy", "FUSSY") {
        _mint(msg.sender, supply);
    }

    function approve(address spender, uint256 amount) public override returns (bool) {
        require(amount == 0 || allowance(msg.sender, spender) == 0, "zero first");
        return super.approve(spender, amount);
    }
}

/// A recipient that refuses ETH at first and has others call through it.
contract Refuser {
    bool public takes;

    function setTakes(bool next) external {
        takes = next;
    }

    receive() external payable {
        require(takes, "no thanks");
    }

    function forward(address target, bytes calldata data) external payable {
        (bool done, bytes memory output) = target.call{value: msg.value}(data);
        if (done) return;
        assembly {
            revert(add(output, 32), mload(output))
        }
    }
}
