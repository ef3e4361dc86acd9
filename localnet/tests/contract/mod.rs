//! The contract that the tests call, and a chain that has it.
#![allow(dead_code)] // Each test file uses its part.

use conclave_localnet::{
    AccountId, Balance, Chain, ChainConfig, CryptoHash, FunctionCall, Signer, TransactionOutcome,
};

pub(crate) fn id(name: &str) -> AccountId {
    name.parse().expect("a valid account id")
}

pub(crate) fn code() -> Vec<u8> {
    wat::parse_str(include_str!("probe.wat")).expect("the contract's text is right")
}

/// A chain with the contract on `probe.near` and a user `alice.near`.
pub(crate) struct Stage {
    pub(crate) chain: Chain,
    pub(crate) probe: AccountId,
    pub(crate) owner: Signer,
    pub(crate) alice: Signer,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::on(Chain::in_memory(ChainConfig::default()).expect("a chain"))
    }

    pub(crate) fn on(mut chain: Chain) -> Self {
        let probe = id("probe.near");
        let owner = chain
            .create_account(&probe, Balance::from_near(10))
            .expect("an account");
        let alice = chain
            .create_account(&id("alice.near"), Balance::from_near(1000))
            .expect("an account");
        let deployed = chain.deploy(&owner, code()).expect("a transaction");
        assert!(deployed.is_success(), "{:?}", deployed.status);
        Self {
            chain,
            probe,
            owner,
            alice,
        }
    }

    /// Calls a method as alice, and checks after every block that no token was lost.
    pub(crate) fn call(&mut self, method: &str, args: &[u8]) -> TransactionOutcome {
        self.send(FunctionCall::new(method, args))
    }

    pub(crate) fn send(&mut self, call: FunctionCall) -> TransactionOutcome {
        let hash = self.submit(call);
        self.settle(&hash)
    }

    pub(crate) fn submit(&mut self, call: FunctionCall) -> CryptoHash {
        use conclave_localnet::Action;
        use near_primitives::action::FunctionCallAction;
        let FunctionCall {
            method,
            args,
            gas,
            deposit,
        } = call;
        let action = FunctionCallAction {
            method_name: method,
            args,
            gas,
            deposit,
        };
        let action = Action::FunctionCall(Box::new(action));
        let signed = self
            .chain
            .sign(&self.alice, &self.probe, vec![action])
            .expect("a key");
        self.chain.submit(signed).expect("a valid transaction")
    }

    pub(crate) fn settle(&mut self, hash: &CryptoHash) -> TransactionOutcome {
        for _ in 0..8 {
            self.block();
        }
        self.chain.run(hash).expect("an outcome")
    }

    /// Produces a block and checks that tokens only left by burning.
    pub(crate) fn block(&mut self) {
        let block = self.chain.produce_block().expect("a block");
        assert_eq!(self.chain.tokens_held().expect("a sum"), block.total_supply);
    }

    pub(crate) fn balance(&self, name: &str) -> Balance {
        self.chain.account(&id(name)).expect("an account").amount()
    }
}

/// A `set` call's arguments.
pub(crate) fn pair(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[key.len() as u8], key, value].concat()
}
