// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AGENTS, IAgents} from "../../sdk/solidity/IAgents.sol";
import {DATANETS, IDatanets} from "../../sdk/solidity/IDatanets.sol";
import {IErrors} from "../../sdk/solidity/IErrors.sol";
import {IModels, MODELS} from "../../sdk/solidity/IModels.sol";
import {SETTLEMENT} from "../../sdk/solidity/ISettlement.sol";

/// Opens channels for buyers: what a contract does with the protocol's interfaces.
contract ModelMarket {
    /// A price limit, in wei per 1,000 tokens, is exceeded.
    error TooDear(uint96 priceOut);

    event Bought(address indexed buyer, uint48 indexed channel);

    mapping(uint48 channel => address buyer) public buyers;

    /// Locks what was sent for one provider of a model, if the model is not dearer than the buyer wants to pay.
    function buy(bytes32 model, bytes32 provider, address sessionKey, uint96 maxPriceOut, uint40 expiry)
        external
        payable
        returns (uint48 channel)
    {
        IModels.Model memory offer = MODELS.getModel(model);
        if (offer.priceOut > maxPriceOut) revert TooDear(offer.priceOut);
        channel = SETTLEMENT.openChannel{value: msg.value}(model, provider, sessionKey, false, expiry);
        buyers[channel] = msg.sender;
        emit Bought(msg.sender, channel);
    }

    /// Takes an expired channel's rest back and gives it to its buyer.
    function refund(uint48 channel) external {
        uint256 amount = SETTLEMENT.reclaim(channel);
        SETTLEMENT.withdrawTo(buyers[channel], amount);
    }

    /// The stake behind a model's answers, and how many texts they are traced to.
    function backing(bytes32 model, bytes32 provider) external view returns (uint96 stake, uint256 texts) {
        IAgents.Agent memory agent = AGENTS.getAgent(provider);
        bytes32[] memory versions = MODELS.getCorpus(model);
        for (uint256 i = 0; i < versions.length; i++) {
            IDatanets.Version memory version = DATANETS.getVersion(versions[i]);
            texts += version.documents;
        }
        return (agent.stake, texts);
    }

    /// True if the model exists: a custom error of the protocol, caught.
    function exists(bytes32 model) external view returns (bool) {
        try MODELS.getModel(model) returns (IModels.Model memory) {
            return true;
        } catch (bytes memory reason) {
            if (bytes4(reason) != IErrors.UnknownObject.selector) revert("another failure");
            return false;
        }
    }
}
